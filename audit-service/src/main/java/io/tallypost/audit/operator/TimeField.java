package io.tallypost.audit.operator;

import io.tallypost.audit.store.StorableTime;
import io.tallypost.kit.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** A filter's field that is a point in time. */
public final class TimeField {
  private TimeField() {}

  /** Reads it; one that is no time of ours is a fault. */
  public static Optional<Instant> read(JsonObject fields, String field) {
    return fields.parsed(field, TimeField::parse);
  }

  private static Instant parse(String text) {
    try {
      Instant time = Instant.parse(text);
      if (StorableTime.isPlausible(time)) {
        return time;
      }
    } catch (DateTimeException e) {
      // The same answer as for one out of bounds.
    }
    throw new IllegalArgumentException(
        "must be a time as 2026-11-22T12:00:00Z, in the years 2000 to 2199");
  }
}
