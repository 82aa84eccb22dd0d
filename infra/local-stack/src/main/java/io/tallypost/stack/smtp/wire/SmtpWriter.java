package io.tallypost.stack.smtp.wire;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes replies, at once or byte by byte. */
public final class SmtpWriter {

  private final OutputStream out;
  private final Gate gate;
  private final Pause pause;

  SmtpWriter(OutputStream out, Gate gate, Pause pause) {
    this.out = new BufferedOutputStream(out, 4 * 1024);
    this.gate = gate;
    this.pause = pause;
  }

  /** Waits, and fails when the connection is closed meanwhile. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws IOException;
  }

  public void write(int code, List<String> lines, @Nullable Duration perByte) throws IOException {
    write(format(code, lines), perByte);
  }

  /** Leaves the bytes in the buffer, or with a pause for each writes them one by one. */
  public void write(byte[] bytes, @Nullable Duration perByte) throws IOException {
    gate.pass();
    if (perByte == null) {
      out.write(bytes);
      return;
    }
    for (byte b : bytes) {
      if (!perByte.isZero()) {
        pause.of(perByte);
      }
      out.write(b);
      flush();
    }
  }

  public void flush() throws IOException {
    gate.pass();
    out.flush();
  }

  private static byte[] format(int code, List<String> lines) {
    StringBuilder reply = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      reply
          .append(code)
          .append(i < lines.size() - 1 ? '-' : ' ')
          .append(lines.get(i))
          .append("\r\n");
    }
    return reply.toString().getBytes(StandardCharsets.UTF_8);
  }
}
