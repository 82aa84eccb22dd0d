package io.tallypost.audit.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as PostgreSQL keeps them, within plausible years for a mail. */
public final class StorableTime {
  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2199-12-31T00:00:00Z");

  private StorableTime() {}

  /**
   * Whether it lies in the years 2000 to 2199. An {@code Instant} goes far beyond the last day that
   * PostgreSQL knows, and nobody wants a partition for a day of the Bronze Age.
   */
  public static boolean isPlausible(Instant time) {
    return !time.isBefore(EARLIEST) && !time.isAfter(LATEST);
  }

  /** The time in whole microseconds, so that what is read back equals what was written. */
  public static Instant micros(Instant time) {
    return time.truncatedTo(ChronoUnit.MICROS);
  }

  /** The nearest plausible time. */
  public static Instant clamped(Instant time) {
    if (time.isBefore(EARLIEST)) {
      return EARLIEST;
    }
    return time.isAfter(LATEST) ? LATEST : time;
  }
}
