package io.tallypost.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.UUID;

/**
 * Names one POST. Repeats of a mail under one Idempotency-Key share the {@link MessageId} and
 * differ in this.
 */
public record SubmissionId(@JsonValue UUID value) {

  public static SubmissionId next(Instant at) {
    return new SubmissionId(Uuids.v7(at));
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException if it is not a UUID
   */
  @JsonCreator
  public static SubmissionId parse(String text) {
    return new SubmissionId(UUID.fromString(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
