package io.posthorn.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * When a mail is tried again. Pure.
 *
 * @param delays the rungs of the ladder; the last one repeats
 * @param maxAge how old a mail may be when it is decided to try once more
 */
record RetrySchedule(List<Duration> delays, Duration maxAge) {
  /** The head of a waiting partition holds up the rest, so jitter must stay short. */
  private static final Duration LONGEST_JITTER = Duration.ofSeconds(60);

  private static final double JITTER = 0.1;

  /**
   * A place to wait.
   *
   * @param rung the delay whose topic the mail waits in
   * @param dueAt when it is tried again, at the earliest
   */
  record Slot(Duration rung, Instant dueAt) {}

  /**
   * Where a mail waits for its next attempt.
   *
   * @param attempt the attempt just made, from 1
   * @param ageFrom what its age counts from
   * @param chance for the jitter, from 0 to below 1
   * @return empty if the mail has reached its maximum age; its last attempt is made at that age
   */
  Optional<Slot> next(int attempt, Instant now, Instant ageFrom, double chance) {
    Instant end = ageFrom.plus(maxAge);
    if (!now.isBefore(end)) {
      return Optional.empty();
    }
    Duration delay = delays.get(Math.min(attempt, delays.size()) - 1);
    Instant due = now.plus(delay).plus(jitter(delay, chance));
    return Optional.of(new Slot(delay, due.isAfter(end) ? end : due));
  }

  private static Duration jitter(Duration delay, double chance) {
    var jitter = Duration.ofMillis((long) (delay.toMillis() * JITTER * chance));
    return jitter.compareTo(LONGEST_JITTER) > 0 ? LONGEST_JITTER : jitter;
  }
}
