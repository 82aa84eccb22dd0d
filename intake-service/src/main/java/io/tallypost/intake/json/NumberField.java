package io.tallypost.intake.json;

import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A field with a whole number within bounds. */
public record NumberField(String name, int least, int most) {

  /** Reads it where it must have a value: absent stays as it was, null is the default. */
  public int read(JsonObject body, int before, int byDefault, FieldProblems problems) {
    return body.isNull(name) ? byDefault : given(body, problems).orElse(before);
  }

  /** Reads it where it may have none: absent stays as it was, null is none. */
  public @Nullable Integer readOrNull(
      JsonObject body, @Nullable Integer before, FieldProblems problems) {
    return body.has(name) || body.isNull(name) ? given(body, problems).orElse(null) : before;
  }

  private Optional<Integer> given(JsonObject body, FieldProblems problems) {
    Optional<Long> number = body.wholeNumber(name);
    if (number.isPresent() && (number.get() < least || number.get() > most)) {
      problems.add(body.pointer(name), "must be %d to %d".formatted(least, most));
      return Optional.empty();
    }
    return number.map(Long::intValue);
  }
}
