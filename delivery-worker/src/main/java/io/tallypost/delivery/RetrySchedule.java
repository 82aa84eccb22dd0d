package io.tallypost.delivery;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * When a mail is tried again. Pure.
 *
 * @param delays the steps of the ladder; the last one repeats
 * @param longestParking how long mail waits at most, beside jitter, when no relay could be asked
 * @param maxAge the age at which a mail gets its last attempt
 */
public record RetrySchedule(List<Duration> delays, Duration longestParking, Duration maxAge) {

  /**
   * Where a mail waits for its next attempt.
   *
   * @param attempt the attempt just made, from 1
   * @param hint how long the relay asks us to wait, if it said so
   * @param ageFrom the start of its age
   * @param chance for the jitter, from 0 to below 1
   * @return empty if the mail has reached its maximum age; its last attempt is made at that age
   */
  public Optional<Rungs.Stay> next(
      int attempt, Optional<Duration> hint, Instant now, Instant ageFrom, double chance) {
    if (isOver(now, ageFrom)) {
      return Optional.empty();
    }
    Duration usual = delays.get(Math.min(attempt, delays.size()) - 1);
    // The longer of the two: a relay may ask for more patience, never for less.
    Duration delay =
        hint.map(asked -> shorter(asked, rungs().longest()))
            .filter(asked -> asked.compareTo(usual) > 0)
            .orElse(usual);
    return Optional.of(stay(now.plus(jittered(delay, chance)), now, ageFrom));
  }

  /**
   * Where a mail waits if no relay was asked about it: the longer it has waited, the longer.
   *
   * @param parkedFor how long it has been parked
   * @param chance for the jitter, from 0 to below 1
   */
  public Rungs.Stay park(Duration parkedFor, Instant now, Instant ageFrom, double chance) {
    Duration delay = rungs().longestWithin(shorter(parkedFor, longestParking));
    return stay(now.plus(jittered(delay, chance)), now, ageFrom);
  }

  /**
   * Where a mail waits if the time of its turn at the relay is known. If that is far away, it is
   * looked at again before: the relay may be faster by then.
   *
   * @param chance for the jitter, from 0 to below 1
   */
  public Rungs.Stay until(Instant turn, Instant now, Instant ageFrom, double chance) {
    Duration longest = jittered(rungs().longestWithin(longestParking), chance);
    return stay(earlier(turn, now.plus(longest)), now, ageFrom);
  }

  /** Whether a mail has reached its maximum age. */
  public boolean isOver(Instant now, Instant ageFrom) {
    return !now.isBefore(later(ageFrom, maxAge));
  }

  /**
   * Whether it reached its maximum age so long ago that its last turn at a relay must have come.
   */
  public boolean isLongOver(Instant now, Instant ageFrom) {
    return isOver(now, later(ageFrom, longestParking));
  }

  private Rungs.Stay stay(Instant wanted, Instant now, Instant ageFrom) {
    Instant end = later(ageFrom, maxAge);
    return rungs().stay(now.isBefore(end) ? earlier(wanted, end) : wanted, now);
  }

  /** Time ends, and a maximum age of a billion years does not fail a mail. */
  private static Instant later(Instant from, Duration time) {
    try {
      return from.plus(time);
    } catch (DateTimeException | ArithmeticException e) {
      return Instant.MAX;
    }
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
