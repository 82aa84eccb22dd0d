package io.tallypost.intake.send;

/**
 * What may stand in a body: any character that MIME can carry. U+0000 is refused because neither
 * RFC 5322 nor PostgreSQL takes it, half a surrogate pair because it is no character.
 */
final class BodyText {
  private BodyText() {}

  /**
   * Checks a body.
   *
   * @throws IllegalArgumentException naming the first place that is wrong
   */
  static void check(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException("has U+0000 at position %d; remove it".formatted(i));
      }
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw new IllegalArgumentException(
              "has half a surrogate pair at position %d; remove it".formatted(i));
        }
        i++;
      }
    }
  }
}
