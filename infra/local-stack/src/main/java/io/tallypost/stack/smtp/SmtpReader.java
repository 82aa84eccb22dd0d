package io.tallypost.stack.smtp;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads commands and messages from one buffer. */
final class SmtpReader {

  /** RFC 5321 section 4.5.3.1 asks for 512; extensions and UTF-8 addresses make lines longer. */
  private static final int MAX_LINE = 8 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[16 * 1024];
  private int position;
  private int limit;

  SmtpReader(InputStream in) {
    this.in = in;
  }

  /**
   * Whether the client has already sent more (PIPELINING, RFC 2920): the reply may wait for the
   * next ones.
   */
  boolean hasMore() {
    return position < limit;
  }

  /** The next line without its end; fails when the client has left or talks without end. */
  String line() throws IOException {
    ByteArrayOutputStream longLine = null;
    while (true) {
      for (int i = position; i < limit; i++) {
        if (buffer[i] == '\n') {
          String tail = text(i > position && buffer[i - 1] == '\r' ? i - 1 : i);
          position = i + 1;
          return longLine == null ? tail : withoutCr(longLine, tail);
        }
      }
      longLine = longLine == null ? new ByteArrayOutputStream() : longLine;
      longLine.write(buffer, position, limit - position);
      if (longLine.size() > MAX_LINE) {
        throw new IOException("a command line without end");
      }
      fill();
    }
  }

  private String text(int end) {
    return new String(buffer, position, end - position, StandardCharsets.UTF_8);
  }

  /** The line's end or a character may lie across two reads. */
  private static String withoutCr(ByteArrayOutputStream start, String tail) {
    String line = start.toString(StandardCharsets.UTF_8) + tail;
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }

  /**
   * The message up to the line with a lone dot, stuffing removed (RFC 5321 section 4.5.2), or
   * nothing when it was larger than allowed. Only CR LF ends a line: a bare LF is a byte like any
   * other.
   */
  Optional<byte[]> message(int maxBytes) throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream(4 * 1024);
    At at = At.LINE_START;
    boolean tooLarge = false;
    while (true) {
      int start = position;
      for (int i = position; i < limit; i++) {
        byte b = buffer[i];
        At next = at.next(b);
        if (next == At.END) {
          position = i + 1;
          return tooLarge || message.size() > maxBytes
              ? Optional.empty()
              : Optional.of(message.toByteArray());
        }
        if (next == At.DOT || next == At.DOT_CR) {
          message.write(buffer, start, i - start);
          start = i + 1;
        } else if (at == At.DOT_CR) {
          message.write('\r');
        }
        at = next;
      }
      message.write(buffer, start, Math.max(0, limit - start));
      if (message.size() > maxBytes) {
        tooLarge = true;
        message.reset();
      }
      fill();
    }
  }

  /** Reads what comes until the client leaves, which is an {@link EOFException}. */
  void drain() throws IOException {
    while (true) {
      fill();
    }
  }

  private void fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(buffer, 0, buffer.length));
    if (limit == 0) {
      throw new EOFException("the client has left");
    }
  }

  /** Where in a line the last byte was; what is at DOT or DOT_CR is held back. */
  private enum At {
    LINE_START,
    TEXT,
    CR,
    DOT,
    DOT_CR,
    END;

    At next(byte b) {
      return switch (this) {
        case LINE_START -> b == '.' ? DOT : b == '\r' ? CR : TEXT;
        case TEXT -> b == '\r' ? CR : TEXT;
        case CR, END -> b == '\n' ? LINE_START : b == '\r' ? CR : TEXT;
        case DOT -> b == '\r' ? DOT_CR : TEXT;
        case DOT_CR -> b == '\n' ? END : b == '\r' ? CR : TEXT;
      };
    }
  }
}
