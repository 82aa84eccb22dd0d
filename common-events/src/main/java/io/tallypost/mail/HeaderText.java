package io.tallypost.mail;

/**
 * The characters that a header's value may have: all but controls. CR and LF would start a new
 * header; RFC 5322, section 2.2, refuses NUL and the other C0 and C1 controls; and some readers
 * take U+2028 and U+2029 for line ends.
 */
public final class HeaderText {
  private HeaderText() {}

  /**
   * Where a value can be folded (RFC 5322, section 2.2.3) without a line of only blanks: before
   * blanks that have text on both sides. Not after a backslash, because a reader would see a pair
   * of it and the line break.
   *
   * @return the first such place from there on, or the value's end
   */
  public static int foldingPlace(String value, int from) {
    for (int i = Math.max(from, 1); i < value.length(); i++) {
      char before = value.charAt(i - 1);
      if (value.charAt(i) == ' ' && before != ' ' && before != '\\') {
        return hasTextFrom(value, i) ? i : value.length();
      }
    }
    return value.length();
  }

  private static boolean hasTextFrom(String value, int from) {
    int i = from;
    while (i < value.length() && value.charAt(i) == ' ') {
      i++;
    }
    return i < value.length();
  }

  /**
   * Checks a header's text.
   *
   * @throws IllegalArgumentException if it has such a character or half a surrogate pair; the
   *     message names its place
   */
  public static void check(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        throw new IllegalArgumentException(
            "has the control character U+%04X at position %d; remove it".formatted((int) c, i));
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new IllegalArgumentException(
              "has half a surrogate pair at position %d; remove it".formatted(i));
        }
        i++;
      }
    }
  }
}
