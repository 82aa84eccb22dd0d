package io.tallypost.audit.store;

import org.jspecify.annotations.Nullable;

/**
 * Text as PostgreSQL takes it: without U+0000, which neither {@code text} nor {@code jsonb} can
 * hold, and without halves of surrogate pairs, which have no UTF-8.
 */
public final class StorableText {
  private static final char REPLACEMENT = '\uFFFD';

  private StorableText() {}

  /** The text with U+FFFD in place of all that cannot be stored. */
  public static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0 || Character.isSurrogate(c)) {
        return replaced(text);
      }
    }
    return text;
  }

  /** As {@link #of}, of a text that may be absent. */
  public static @Nullable String ofNullable(@Nullable String text) {
    return text == null ? null : of(text);
  }

  private static String replaced(String text) {
    var storable = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c == 0 || isHalf(c) ? REPLACEMENT : c)
        .forEach(storable::appendCodePoint);
    return storable.toString();
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }
}
