package io.tallypost.kit.json;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A field with a whole number within bounds. */
public record NumberField(String name, int least, int most) {

  /** Reads it where it must have a value: absent stays as it was, null is the default. */
  public int read(JsonObject body, int before, int byDefault) {
    return body.isNull(name) ? byDefault : read(body).orElse(before);
  }

  /** Reads it where it may have none: absent stays as it was, null is none. */
  public @Nullable Integer readOrNull(JsonObject body, @Nullable Integer before) {
    return body.has(name) || body.isNull(name) ? read(body).orElse(null) : before;
  }

  /** Reads it; empty if it is absent or wrong. */
  public Optional<Integer> read(JsonObject body) {
    Optional<Long> number = body.wholeNumber(name);
    if (number.isPresent() && (number.get() < least || number.get() > most)) {
      body.problem(name, "must be %d to %d".formatted(least, most));
      return Optional.empty();
    }
    return number.map(Long::intValue);
  }
}
