package io.tallypost.delivery.smtp.wire;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The text after a relay's code, in a form that can be kept, logged and shown. Pure. */
final class ReplyText {
  /** RFC 3463, section 2. */
  private static final Pattern ENHANCED =
      Pattern.compile("([245]\\.\\d{1,3}\\.\\d{1,3})(?:[ \\t]+|$)");

  /** More is of no use to a reader, and a relay may send as much as it likes. */
  private static final int LONGEST = 500;

  private ReplyText() {}

  /** The enhanced status code at the start of a line; null if there is none. */
  static @Nullable String enhancedCode(String line) {
    // The first character of most lines shows that they have none.
    if (line.length() < 5 || line.charAt(1) != '.') {
      return null;
    }
    Matcher code = ENHANCED.matcher(line);
    return code.lookingAt() ? code.group(1) : null;
  }

  /** The lines joined by a blank, without enhanced codes; non-printing characters are escaped. */
  static String of(List<String> lines) {
    var text = new StringBuilder();
    for (String line : lines) {
      if (text.length() > LONGEST) {
        break;
      }
      int from =
          enhancedCode(line) == null
              ? 0
              : line.indexOf(' ') < 0 ? line.length() : line.indexOf(' ');
      String rest = line.substring(from).strip();
      if (!rest.isEmpty()) {
        text.append(text.isEmpty() ? "" : " ");
        append(text, rest);
      }
    }
    return shortened(text);
  }

  private static void append(StringBuilder text, String line) {
    for (int i = 0; i < line.length() && text.length() <= LONGEST; ) {
      int c = line.codePointAt(i);
      i += Character.charCount(c);
      if (c == '\t') {
        text.append(' ');
      } else if (isShown(c)) {
        text.appendCodePoint(c);
      } else {
        text.append(c < 0x100 ? "\\x%02X".formatted(c) : "\\u{%s}".formatted(hex(c)));
      }
    }
  }

  private static String hex(int c) {
    return Integer.toHexString(c).toUpperCase(Locale.ROOT);
  }

  /**
   * Line separators and characters that reverse text (bidirectional controls) could forge a log.
   */
  private static boolean isShown(int c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> true;
    };
  }

  private static String shortened(StringBuilder text) {
    if (text.length() <= LONGEST) {
      return text.toString();
    }
    // Not between the halves of a character.
    int cut = Character.isHighSurrogate(text.charAt(LONGEST - 2)) ? LONGEST - 2 : LONGEST - 1;
    return text.substring(0, cut) + "…";
  }
}
