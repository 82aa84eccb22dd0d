package io.tallypost.stack.smtp.wire;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Reads commands and messages from one buffer. */
public final class SmtpReader {

  /**
   * RFC 5321 section 4.5.3.1 asks for 512, RFC 4954 section 4 for 12 288 during AUTH; what is above
   * a sink's own limit is read as well, to be refused.
   */
  private static final int MAX_LINE = 64 * 1024;

  private static final byte[] CR = {'\r'};

  private final InputStream in;
  private final Gate gate;
  private final byte[] buffer = new byte[16 * 1024];
  private int position;
  private int limit;

  SmtpReader(InputStream in, Gate gate) {
    this.in = in;
    this.gate = gate;
  }

  /**
   * A message that has come to its dot.
   *
   * @param kept its beginning without dot-stuffing
   * @param size the bytes of all of it
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
  public record Body(byte[] kept, long size) {}

  /**
   * Whether the client has already sent more (PIPELINING, RFC 2920): the reply may wait for the
   * next ones.
   */
  public boolean hasMore() {
    return position < limit;
  }

  /** Whether the client has sent more, here or still with the system. */
  public boolean pending() throws IOException {
    return hasMore() || in.available() > 0;
  }

  /** The next line without its end; fails when the client has left or talks without end. */
  public String line() throws IOException {
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
   * The message up to the line with a lone dot, stuffing removed (RFC 5321 section 4.5.2), of which
   * no more than its beginning is kept. Only CR LF ends a line: a bare LF is a byte like any other.
   */
  public Body message(int keepBytes) throws IOException {
    Kept message = new Kept(keepBytes);
    At at = At.LINE_START;
    while (true) {
      int start = position;
      for (int i = position; i < limit; i++) {
        byte b = buffer[i];
        At next = at.next(b);
        if (next == At.END) {
          position = i + 1;
          return message.body();
        }
        if (next == At.DOT || next == At.DOT_CR) {
          message.add(buffer, start, i);
          start = i + 1;
        } else if (at == At.DOT_CR) {
          message.add(CR, 0, 1);
        }
        at = next;
      }
      message.add(buffer, start, limit);
      fill();
    }
  }

  /** Reads what comes until the client leaves, which is an {@link EOFException}. */
  public void drain() throws IOException {
    while (true) {
      fill();
    }
  }

  /** Drops what is here or, when nothing is, what comes next. */
  void drop() throws IOException {
    fill();
    position = limit;
  }

  private void fill() throws IOException {
    gate.pass();
    position = 0;
    limit = 0;
    limit = Math.max(0, in.read(buffer, 0, buffer.length));
    gate.pass();
    if (limit == 0) {
      throw new EOFException("the client has left");
    }
  }

  /** The beginning of a message that is being read. */
  private static final class Kept {

    private final int max;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * 1024);
    private long size;

    Kept(int max) {
      this.max = max;
    }

    void add(byte[] from, int start, int end) {
      if (end > start) {
        bytes.write(from, start, Math.min(end - start, max - bytes.size()));
        size += end - start;
      }
    }

    Body body() {
      return new Body(bytes.toByteArray(), size);
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
