package io.tallypost.delivery.smtp.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes commands and messages to a relay. Commands are buffered until they are sent, so that a
 * group of them is one write (RFC 2920).
 */
public final class CommandWriter {
  private static final int BLOCK = 16 * 1024;
  private static final int LONGEST_END = 5;

  private final OutputStream out;
  private byte[] buffer = new byte[1024];
  private int length;

  CommandWriter(OutputStream out) {
    this.out = out;
  }

  /** Asked before each block of a message is written. */
  @FunctionalInterface
  public interface BlockGate {
    /**
     * Whether it may be written.
     *
     * @param last whether the final dot is in it
     */
    boolean mayWrite(boolean last) throws IOException;
  }

  /**
   * Buffers a command; {@link #flush} sends it.
   *
   * @param command without its line end; must have none inside
   */
  public void add(String command) {
    byte[] line = command.getBytes(UTF_8);
    for (byte b : line) {
      if (b == '\r' || b == '\n' || b == 0) {
        // Addresses and names were checked long before: this is the last check.
        throw new IllegalArgumentException("a command has a line end or NUL inside");
      }
    }
    room(line.length + 2);
    System.arraycopy(line, 0, buffer, length, line.length);
    length += line.length;
    buffer[length++] = '\r';
    buffer[length++] = '\n';
  }

  private void room(int more) {
    if (buffer.length - length < more) {
      var larger = new byte[Math.max(buffer.length * 2, length + more)];
      System.arraycopy(buffer, 0, larger, 0, length);
      buffer = larger;
    }
  }

  /** Sends the buffered commands in one write. */
  void flush() throws IOException {
    int all = length;
    length = 0;
    if (all > 0) {
      out.write(buffer, 0, all);
      out.flush();
    }
  }

  /** Ends a transaction that has no recipients (RFC 2920, section 3.1). */
  public void dotAlone() throws IOException {
    add(".");
    flush();
  }

  /**
   * Sends a message with dots doubled (RFC 5321, section 4.5.2), and the final dot in the same
   * write as the message's end.
   *
   * @return false if the gate stopped it: the dot has not been written
   */
  public boolean message(byte[] message, BlockGate gate) throws IOException {
    byte[] block = message.length + LONGEST_END < BLOCK / 2 ? room(message) : new byte[BLOCK];
    int used = 0;
    byte before = '\n';
    for (byte b : message) {
      if (used > block.length - LONGEST_END - 2) {
        if (!gate.mayWrite(false)) {
          return false;
        }
        out.write(block, 0, used);
        used = 0;
      }
      if (b == '.' && before == '\n') {
        block[used++] = '.';
      }
      block[used++] = b;
      before = b;
    }
    if (!(endsInLine(message) || message.length == 0)) {
      block[used++] = '\r';
      block[used++] = '\n';
    }
    block[used++] = '.';
    block[used++] = '\r';
    block[used++] = '\n';
    if (!gate.mayWrite(true)) {
      return false;
    }
    out.write(block, 0, used);
    out.flush();
    return true;
  }

  /** Enough for a small message in which every line starts with a dot. */
  private static byte[] room(byte[] message) {
    return new byte[2 * (message.length + LONGEST_END)];
  }

  private static boolean endsInLine(byte[] message) {
    int length = message.length;
    return length >= 2 && message[length - 2] == '\r' && message[length - 1] == '\n';
  }
}
