package io.tallypost.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * When a mail is tried again. Pure.
 *
 * @param delays the rungs of the ladder; the last one repeats
 * @param longestParking how long mail waits at most when no relay could be asked
 * @param maxAge how old a mail may be when it is decided to try once more
 */
record RetrySchedule(List<Duration> delays, Duration longestParking, Duration maxAge) {
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
   * @param hint how long the relay wants to be left alone, if it said so
   * @param ageFrom what its age counts from
   * @param chance for the jitter, from 0 to below 1
   * @return empty if the mail has reached its maximum age; its last attempt is made at that age
   */
  Optional<Slot> next(
      int attempt, Optional<Duration> hint, Instant now, Instant ageFrom, double chance) {
    if (isOver(now, ageFrom)) {
      return Optional.empty();
    }
    Duration usual = delays.get(Math.min(attempt, delays.size()) - 1);
    // A relay that asks for patience gets it; one that does not mind is not asked more often.
    Duration delay = hint.map(this::rungFor).filter(rung -> longer(rung, usual)).orElse(usual);
    return Optional.of(slot(delay, now, ageFrom, chance));
  }

  /**
   * Where a mail waits that no relay was asked about: the longer it has waited, the longer.
   *
   * @param parkedFor how long it has been so
   * @param chance for the jitter, from 0 to below 1
   */
  Slot park(Duration parkedFor, Instant now, Instant ageFrom, double chance) {
    Duration delay =
        delays.stream()
            .filter(rung -> !longer(rung, parkedFor) && !longer(rung, longestParking))
            .max(Comparator.naturalOrder())
            .orElseGet(() -> Collections.min(delays));
    return slot(delay, now, ageFrom, chance);
  }

  /** Where a mail waits whose turn at its relay comes at a known time. */
  Slot until(Instant freeAt, Instant now, Instant ageFrom) {
    return new Slot(
        rungFor(Duration.between(now, freeAt)), noLaterThanTheEnd(freeAt, now, ageFrom));
  }

  /** Whether a mail has reached its maximum age. */
  boolean isOver(Instant now, Instant ageFrom) {
    return !now.isBefore(ageFrom.plus(maxAge));
  }

  private Slot slot(Duration delay, Instant now, Instant ageFrom, double chance) {
    Instant due = now.plus(delay).plus(jitter(delay, chance));
    return new Slot(delay, noLaterThanTheEnd(due, now, ageFrom));
  }

  private Instant noLaterThanTheEnd(Instant due, Instant now, Instant ageFrom) {
    Instant end = ageFrom.plus(maxAge);
    return due.isAfter(end) && now.isBefore(end) ? end : due;
  }

  /** The shortest rung that is long enough, or the longest there is. */
  private Duration rungFor(Duration wait) {
    return delays.stream()
        .filter(rung -> !longer(wait, rung))
        .min(Comparator.naturalOrder())
        .orElseGet(() -> Collections.max(delays));
  }

  private static boolean longer(Duration one, Duration other) {
    return one.compareTo(other) > 0;
  }

  private static Duration jitter(Duration delay, double chance) {
    var jitter = Duration.ofMillis((long) (delay.toMillis() * JITTER * chance));
    return jitter.compareTo(LONGEST_JITTER) > 0 ? LONGEST_JITTER : jitter;
  }
}
