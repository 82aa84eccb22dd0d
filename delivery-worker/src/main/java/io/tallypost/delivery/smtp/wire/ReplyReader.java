package io.tallypost.delivery.smtp.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.mail.SmtpReply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a relay's replies as bytes (RFC 5321, section 4.2): text in any character set, lines that
 * end in CRLF or only LF, in pieces of any size. A relay's replies are data and bounded: RFC 5321
 * grants a line 512 octets, we take {@value #LONGEST_LINE}, {@value #MOST_LINES} lines, and {@value
 * #LONGEST_REPLY} characters in all: a thousand connections may read at the same time.
 */
public final class ReplyReader {
  static final int LONGEST_LINE = 4096;
  static final int MOST_LINES = 100;
  static final int LONGEST_REPLY = 64 * 1024;

  private static final int CODE_LENGTH = 3;

  private final InputStream in;
  private final byte[] buffer = new byte[LONGEST_LINE];
  private final byte[] text = new byte[LONGEST_LINE];
  private int position;
  private int end;

  ReplyReader(InputStream in) {
    this.in = in;
  }

  /**
   * A reply.
   *
   * @param reply its code, and its lines joined by a blank
   * @param lines its lines as they came, without codes
   * @param broken what went wrong after the code was read: the code holds, the connection cannot be
   *     used any more; null if the reply is complete
   */
  public record Read(SmtpReply reply, List<String> lines, @Nullable IOException broken) {
    public Read {
      lines = List.copyOf(lines);
    }

    public int code() {
      return reply.code();
    }

    /** 2 accepted, 3 continue, 4 not now, 5 no (RFC 5321, section 4.2.1). */
    public int firstDigit() {
      return reply.code() / 100;
    }

    public boolean isPositive() {
      return firstDigit() == 2;
    }
  }

  /** The relay said something that is no reply. */
  static final class NoReplyException extends IOException {
    private static final long serialVersionUID = 1L;

    NoReplyException(String message) {
      super(message);
    }
  }

  /**
   * Reads one reply. Once a line's three digits are here they count, whatever follows: a line
   * without end, more lines than anybody needs, the end of the connection.
   *
   * @throws IOException if the connection ends or fails before that, or the bytes are no reply
   */
  public Read read() throws IOException {
    List<String> lines = new ArrayList<>();
    int code = 0;
    int length = 0;
    try {
      while (true) {
        // Assigned whole: of two codes the last line's counts, half a code counts for nothing.
        code = code();
        if (line(lines)) {
          return read(code, lines, null);
        }
        if (lines.size() >= MOST_LINES) {
          throw new NoReplyException("the reply has more than " + MOST_LINES + " lines");
        }
        length += lines.getLast().length();
        if (length > LONGEST_REPLY) {
          throw new NoReplyException("the reply has more than " + LONGEST_REPLY + " characters");
        }
      }
    } catch (IOException e) {
      if (code == 0) {
        throw e;
      }
      return read(code, lines, e);
    }
  }

  private static Read read(int code, List<String> lines, @Nullable IOException broken) {
    String enhanced = lines.isEmpty() ? null : ReplyText.enhancedCode(lines.getFirst());
    return new Read(new SmtpReply(code, enhanced, ReplyText.of(lines)), lines, broken);
  }

  private int code() throws IOException {
    int code = 0;
    for (int i = 0; i < CODE_LENGTH; i++) {
      int digit = next() - '0';
      if (digit < 0 || digit > 9) {
        throw new NoReplyException("the relay's answer is no SMTP reply");
      }
      code = code * 10 + digit;
    }
    if (code < 100) {
      throw new NoReplyException("the relay's answer is no SMTP reply");
    }
    return code;
  }

  /** Reads the rest of a line; returns whether it is the reply's last one. */
  private boolean line(List<String> lines) throws IOException {
    int length = 0;
    boolean last = true;
    boolean first = true;
    try {
      while (true) {
        int b = next();
        if (b == '\n') {
          return last;
        }
        if (first) {
          first = false;
          last = b != '-';
          if (b == '-' || b == ' ') {
            continue;
          }
        }
        if (length == text.length) {
          throw new NoReplyException(
              "the reply has a line of more than " + LONGEST_LINE + " octets");
        }
        text[length++] = (byte) b;
      }
    } finally {
      lines.add(decoded(length > 0 && text[length - 1] == '\r' ? length - 1 : length));
    }
  }

  private String decoded(int length) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(text, 0, length)).toString();
    } catch (CharacterCodingException e) {
      return new String(text, 0, length, ISO_8859_1);
    }
  }

  private int next() throws IOException {
    if (position == end) {
      position = 0;
      end = Math.max(0, in.read(buffer, 0, buffer.length));
      if (end == 0) {
        throw new ConnectionEndedException();
      }
    }
    return buffer[position++] & 0xff;
  }

  /** The relay closed the connection. */
  static final class ConnectionEndedException extends IOException {
    private static final long serialVersionUID = 1L;

    ConnectionEndedException() {
      super("the relay closed the connection");
    }
  }

  /**
   * Whether bytes are here that nobody asked for. Between two mails they are the end of a
   * connection that was idle for too long, or a reply to nothing that the next mail would take for
   * its own.
   */
  boolean hasLeftovers() throws IOException {
    return position < end || in.available() > 0;
  }
}
