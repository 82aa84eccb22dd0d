package io.tallypost.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.springframework.http.HttpStatus;
import org.springframework.util.unit.DataSize;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers 413 to a body over the limit: by its declared length, or, for a chunked one, by reading
 * no further than that.
 */
final class BodyLimitFilter extends OncePerRequestFilter {
  private final int limit;
  private final Problems problems;

  BodyLimitFilter(DataSize limit, Problems problems) {
    this.limit = Math.toIntExact(limit.toBytes());
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (request.getContentLengthLong() > limit) {
      refuse(response);
    } else if (request.getContentLengthLong() >= 0
        || request.getHeader("Transfer-Encoding") == null) {
      chain.doFilter(request, response);
    } else {
      byte[] body;
      try {
        body = request.getInputStream().readNBytes(limit + 1);
      } catch (IOException broken) {
        // The container has noted what is wrong with it, too slow (408) or malformed (400), and
        // answers that.
        return;
      }
      if (body.length > limit) {
        refuse(response);
      } else {
        chain.doFilter(new BufferedRequest(request, body), response);
      }
    }
  }

  private void refuse(HttpServletResponse response) throws IOException {
    problems.write(
        response,
        new ProblemException(
            HttpStatus.CONTENT_TOO_LARGE,
            "body_too_large",
            "The request's body is larger than " + limit + " bytes; send a smaller one."));
  }

  /** The request with the body that was read already. */
  private static final class BufferedRequest extends HttpServletRequestWrapper {
    private final byte[] body;

    BufferedRequest(HttpServletRequest request, byte[] body) {
      super(request);
      this.body = body;
    }

    @Override
    public ServletInputStream getInputStream() {
      return new BufferedBody(new ByteArrayInputStream(body));
    }

    @Override
    public int getContentLength() {
      return body.length;
    }

    @Override
    public long getContentLengthLong() {
      return body.length;
    }
  }

  private static final class BufferedBody extends ServletInputStream {
    private final ByteArrayInputStream bytes;

    BufferedBody(ByteArrayInputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return bytes.read(target, offset, length);
    }

    @Override
    public boolean isFinished() {
      return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new UnsupportedOperationException("the body is read already");
    }
  }
}
