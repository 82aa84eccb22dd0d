package io.tallypost.intake.send;

import java.util.List;
import java.util.Optional;

/**
 * The value of {@code Idempotency-Key} (draft-ietf-httpapi-idempotency-key-header): repeats of a
 * POST under one key are one mail. {@code abc} and {@code "abc"} are the same key.
 */
record IdempotencyKey(String value) {
  static final String HEADER = "Idempotency-Key";
  private static final int LONGEST = 255;

  /**
   * Reads the header: bare, or a quoted string of RFC 9651, section 3.3.3.
   *
   * @param values the header's values as they came
   * @throws IllegalArgumentException if it is there and cannot be read; the message follows its
   *     name
   */
  static Optional<IdempotencyKey> read(List<String> values) {
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (values.size() > 1) {
      throw new IllegalArgumentException("is there more than once");
    }
    String raw = values.getFirst().strip();
    String key = raw.startsWith("\"") ? unquoted(raw) : raw;
    if (key.isBlank() || key.length() > LONGEST) {
      throw new IllegalArgumentException("must have 1 to " + LONGEST + " characters");
    }
    if (!key.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      throw new IllegalArgumentException("must be of printable ASCII characters");
    }
    return Optional.of(new IdempotencyKey(key));
  }

  private static String unquoted(String raw) {
    var key = new StringBuilder();
    int i = 1;
    while (i < raw.length() && raw.charAt(i) != '"') {
      if (raw.charAt(i) == '\\') {
        i++;
        if (i == raw.length() || "\"\\".indexOf(raw.charAt(i)) < 0) {
          throw new IllegalArgumentException("has a backslash before something else than \" or \\");
        }
      }
      key.append(raw.charAt(i));
      i++;
    }
    if (i != raw.length() - 1) {
      throw new IllegalArgumentException("begins with a quote that does not end it");
    }
    return key.toString();
  }
}
