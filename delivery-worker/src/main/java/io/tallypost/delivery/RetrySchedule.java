package io.tallypost.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * When a mail is tried again. Pure.
 *
 * @param delays the rungs of the ladder; the last one repeats
 * @param longestParking how long mail waits at most, beside jitter, when no relay could be asked
 * @param maxAge how old a mail may be when it is decided to try once more
 */
record RetrySchedule(List<Duration> delays, Duration longestParking, Duration maxAge) {

  /**
   * Where a mail waits for its next attempt.
   *
   * @param attempt the attempt just made, from 1
   * @param hint how long the relay wants to be left alone, if it said so
   * @param ageFrom what its age counts from
   * @param chance for the jitter, from 0 to below 1
   * @return empty if the mail has reached its maximum age; its last attempt is made at that age
   */
  Optional<Rungs.Stay> next(
      int attempt, Optional<Duration> hint, Instant now, Instant ageFrom, double chance) {
    if (isOver(now, ageFrom)) {
      return Optional.empty();
    }
    Duration usual = delays.get(Math.min(attempt, delays.size()) - 1);
    // A relay that asks for patience gets it; one that does not mind is not asked more often.
    Duration delay =
        hint.map(asked -> shorter(asked, rungs().longest()))
            .filter(asked -> asked.compareTo(usual) > 0)
            .orElse(usual);
    return Optional.of(stay(now.plus(jittered(delay, chance)), now, ageFrom));
  }

  /**
   * Where a mail waits that no relay was asked about: the longer it has waited, the longer.
   *
   * @param parkedFor how long it has been so
   * @param chance for the jitter, from 0 to below 1
   */
  Rungs.Stay park(Duration parkedFor, Instant now, Instant ageFrom, double chance) {
    Duration delay = rungs().longestWithin(shorter(parkedFor, longestParking));
    return stay(now.plus(jittered(delay, chance)), now, ageFrom);
  }

  /**
   * Where a mail waits whose turn at its relay comes at a known time. If that is far away, it is
   * looked at again before: the relay may take more by then.
   *
   * @param chance for the jitter, from 0 to below 1
   */
  Rungs.Stay until(Instant turn, Instant now, Instant ageFrom, double chance) {
    Duration longest = jittered(rungs().longestWithin(longestParking), chance);
    return stay(earlier(turn, now.plus(longest)), now, ageFrom);
  }

  /** Whether a mail has reached its maximum age. */
  boolean isOver(Instant now, Instant ageFrom) {
    return !now.isBefore(ageFrom.plus(maxAge));
  }

  private Rungs.Stay stay(Instant wanted, Instant now, Instant ageFrom) {
    Instant end = ageFrom.plus(maxAge);
    return rungs().stay(now.isBefore(end) ? earlier(wanted, end) : wanted, now);
  }

  private Rungs rungs() {
    return new Rungs(delays);
  }

  private static Duration jittered(Duration delay, double chance) {
    return delay.plusNanos((long) (Rungs.room(delay).toNanos() * chance));
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
