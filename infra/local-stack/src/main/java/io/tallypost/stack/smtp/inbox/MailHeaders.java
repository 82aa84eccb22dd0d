package io.tallypost.stack.smtp.inbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Optional;

/**
 * The header section of a message as it was received. Line by line, without a copy of the rest:
 * tests look again and again through thousands of mails.
 */
final class MailHeaders {

  private MailHeaders() {}

  /** The first header of this name, unfolded and otherwise raw. */
  static Optional<String> find(byte[] message, String name) {
    byte[] start = (name + ":").getBytes(UTF_8);
    int line = 0;
    while (line < message.length) {
      int end = endOfLine(message, line);
      if (end == line) {
        return Optional.empty();
      }
      if (isNamed(message, line, end, start)) {
        return Optional.of(unfolded(message, line + start.length, end).strip());
      }
      line = end + 2;
    }
    return Optional.empty();
  }

  /** Where the CRLF of the line that begins here is, or the message ends. */
  private static int endOfLine(byte[] message, int from) {
    for (int i = from; i + 1 < message.length; i++) {
      if (message[i] == '\r' && message[i + 1] == '\n') {
        return i;
      }
    }
    return message.length;
  }

  private static boolean isNamed(byte[] message, int line, int end, byte[] start) {
    if (end - line < start.length) {
      return false;
    }
    for (int i = 0; i < start.length; i++) {
      if (Character.toLowerCase(message[line + i]) != Character.toLowerCase(start[i])) {
        return false;
      }
    }
    return true;
  }

  /** With the lines behind it that begin with a blank. */
  private static String unfolded(byte[] message, int from, int end) {
    var value = new StringBuilder(text(message, from, end));
    int line = end + 2;
    while (line < message.length && (message[line] == ' ' || message[line] == '\t')) {
      int next = endOfLine(message, line);
      value.append(text(message, line, next));
      line = next + 2;
    }
    return value.toString();
  }

  private static String text(byte[] message, int from, int to) {
    return new String(Arrays.copyOfRange(message, from, to), UTF_8);
  }
}
