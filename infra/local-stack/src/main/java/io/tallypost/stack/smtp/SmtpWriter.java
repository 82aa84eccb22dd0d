package io.tallypost.stack.smtp;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Writes replies, at once or byte by byte. */
final class SmtpWriter {

  private final OutputStream out;
  private final Pause pause;

  SmtpWriter(OutputStream out, Pause pause) {
    this.out = new BufferedOutputStream(out, 4 * 1024);
    this.pause = pause;
  }

  /** Waits, and fails when the connection is closed meanwhile. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws IOException;
  }

  void write(int code, List<String> lines, Duration perByte) throws IOException {
    byte[] reply = format(code, lines);
    if (perByte.isZero()) {
      out.write(reply);
      return;
    }
    for (byte b : reply) {
      pause.of(perByte);
      out.write(b);
      out.flush();
    }
  }

  void flush() throws IOException {
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
