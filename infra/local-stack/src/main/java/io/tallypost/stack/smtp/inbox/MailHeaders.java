package io.tallypost.stack.smtp.inbox;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The header section of a message as it was received. */
final class MailHeaders {

  private MailHeaders() {}

  /** The first header of this name, unfolded and otherwise raw. */
  static Optional<String> find(byte[] message, String name) {
    String text = new String(message, 0, end(message), StandardCharsets.UTF_8);
    StringBuilder value = null;
    for (String line : text.split("\r\n", -1)) {
      boolean folded = line.startsWith(" ") || line.startsWith("\t");
      if (value != null && folded) {
        value.append(line);
      } else if (value != null) {
        break;
      } else if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
        value = new StringBuilder(line.substring(name.length() + 1));
      }
    }
    return Optional.ofNullable(value).map(StringBuilder::toString).map(String::strip);
  }

  private static int end(byte[] message) {
    for (int i = 3; i < message.length; i++) {
      if (message[i] == '\n'
          && message[i - 1] == '\r'
          && message[i - 2] == '\n'
          && message[i - 3] == '\r') {
        return i - 3;
      }
    }
    return message.length;
  }
}
