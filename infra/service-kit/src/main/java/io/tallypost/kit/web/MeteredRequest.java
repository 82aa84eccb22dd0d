package io.tallypost.kit.web;

import io.tallypost.kit.problems.ProblemException;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * A request whose body is counted while it is read, for limits on bodies without a declared length.
 * Nothing is read before somebody asks for it.
 */
public final class MeteredRequest extends HttpServletRequestWrapper {
  private final MeteredBody body;

  /** Is told how much of the body was read. */
  @FunctionalInterface
  public interface Meter {
    /**
     * Takes note.
     *
     * @param total the bytes read so far
     * @throws ProblemException to stop reading; it becomes the request's answer
     */
    void read(long total);
  }

  /** The same request, its body not read yet. */
  public MeteredRequest(HttpServletRequest request, Meter meter) throws IOException {
    super(request);
    this.body = new MeteredBody(request.getInputStream(), meter);
  }

  @Override
  public ServletInputStream getInputStream() {
    return body;
  }

  @Override
  public BufferedReader getReader() {
    String encoding = getCharacterEncoding();
    Charset charset = encoding == null ? StandardCharsets.UTF_8 : Charset.forName(encoding);
    return new BufferedReader(new InputStreamReader(body, charset));
  }

  private static final class MeteredBody extends ServletInputStream {
    private final ServletInputStream bytes;
    private final Meter meter;
    private long total;

    MeteredBody(ServletInputStream bytes, Meter meter) {
      this.bytes = bytes;
      this.meter = meter;
    }

    @Override
    public int read() throws IOException {
      int read = bytes.read();
      if (read >= 0) {
        count(1);
      }
      return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = bytes.read(target, offset, length);
      if (read > 0) {
        count(read);
      }
      return read;
    }

    private void count(int read) {
      total += read;
      meter.read(total);
    }

    @Override
    public boolean isFinished() {
      return bytes.isFinished();
    }

    @Override
    public boolean isReady() {
      return bytes.isReady();
    }

    @Override
    public void setReadListener(ReadListener listener) {
      bytes.setReadListener(listener);
    }
  }
}
