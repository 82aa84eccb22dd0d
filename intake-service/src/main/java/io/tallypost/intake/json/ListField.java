package io.tallypost.intake.json;

import io.tallypost.kit.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;

/** Reads a list of strings that mean something; absent stays as it was, null is empty. */
public final class ListField {
  /** The most characters of a list: every service holds it in memory. */
  public static final int LONGEST = 8_192;

  private static final int MOST = 100;

  private ListField() {}

  /**
   * Reads a list, each entry once.
   *
   * @param parse makes an entry, or throws {@link IllegalArgumentException} with words that follow
   *     the entry's name
   */
  public static <T> List<T> read(
      JsonObject body, String field, List<T> before, Function<String, T> parse) {
    if (body.isNull(field)) {
      return List.of();
    }
    if (!body.has(field)) {
      return before;
    }
    if (body.any(field).orElseThrow().size() > MOST) {
      body.problem(field, "has more than " + MOST + " entries");
      return List.of();
    }
    var values = new LinkedHashSet<>(body.parsedTexts(field, parse).values());
    int length = values.stream().map(Object::toString).mapToInt(String::length).sum();
    if (length > LONGEST) {
      body.problem(field, "has %d characters; at most %d".formatted(length, LONGEST));
      return List.of();
    }
    return List.copyOf(values);
  }
}
