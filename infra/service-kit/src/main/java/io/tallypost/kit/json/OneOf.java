package io.tallypost.kit.json;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A field whose values are words, as those of an enum.
 *
 * @param word each value's word
 */
public record OneOf<T>(List<T> values, Function<T, String> word) {

  /**
   * The value with this word; case counts.
   *
   * @throws IllegalArgumentException with the words there are
   */
  public T parse(String text) {
    return values.stream()
        .filter(value -> word.apply(value).equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("must be " + words()));
  }

  private String words() {
    boolean two = values.size() == 2;
    return values.stream()
        .map(word)
        .collect(Collectors.joining(two ? " or " : ", ", two ? "" : "one of ", ""));
  }
}
