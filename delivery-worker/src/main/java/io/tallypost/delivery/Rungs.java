package io.tallypost.delivery;

import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The retry delays, each with a topic, in any order. A record is due after its topic's delay, plus
 * at most the room for jitter, because the head of a partition holds up the rest. A longer wait
 * consists of several stays. Pure.
 */
public record Rungs(List<Duration> delays) {
  /** The longest jitter: a tenth of the delay, at most this. */
  private static final Duration MOST_ROOM = Duration.ofSeconds(60);

  private static final int ROOM_PART = 10;

  /**
   * Copies the delays.
   *
   * @throws IllegalArgumentException if there are none
   */
  public Rungs {
    delays = List.copyOf(delays);
    if (delays.isEmpty()) {
      throw new IllegalArgumentException("no delays");
    }
  }

  /**
   * A stay on one rung.
   *
   * @param rung the delay whose topic the mail waits in
   * @param dueAt when the stay ends
   * @param retryAt when the mail is due; if that is after the stay, it moves to another delay
   */
  public record Stay(Duration rung, Instant dueAt, Instant retryAt) {

    /** The topic it is on. */
    public String topic() {
      return Topics.retry(rung);
    }

    /** When the mail is back in its queue, at the earliest. */
    public Instant backAt() {
      return dueAt.isAfter(retryAt) ? dueAt : retryAt;
    }

    /** Sets the headers that the retry pump reads. */
    public RecordHeaders mark(RecordHeaders headers) {
      headers.set(RecordHeaders.DUE_AT, dueAt);
      return retryAt.isAfter(dueAt)
          ? headers.set(RecordHeaders.RETRY_AT, retryAt)
          : headers.remove(RecordHeaders.RETRY_AT);
    }
  }

  /**
   * The next stay of a mail that is due at a time: on the longest delay within the wait, or on the
   * shortest one if all are longer. A mail never comes back early, and late by less than the
   * shortest delay.
   */
  public Stay stay(Instant wanted, Instant now) {
    Duration wait = Duration.between(now, wanted);
    Duration rung = longestWithin(wait.plus(slack()));
    Duration over = wait.minus(rung);
    Duration room = room(rung);
    // What no sequence of delays adds up to is spread over the jitter of the stays.
    Duration added = longer(over, room) ? shorter(room, unmet(wait)) : notNegative(over);
    return new Stay(rung, now.plus(rung).plus(added), wanted);
  }

  /** The longest delay within this wait; the shortest one if all are longer. */
  public Duration longestWithin(Duration wait) {
    return delays.stream()
        .filter(rung -> !longer(rung, wait))
        .max(Comparator.naturalOrder())
        .orElseGet(this::shortest);
  }

  /** The shortest wait. */
  public Duration shortest() {
    return Collections.min(delays);
  }

  Duration longest() {
    return Collections.max(delays);
  }

  /** The most jitter of a record with this delay. */
  public static Duration room(Duration delay) {
    return shorter(delay.dividedBy(ROOM_PART), MOST_ROOM);
  }

  /**
   * A wait that is slightly shorter than a delay takes it nevertheless: shorter delays would bring
   * the mail back no earlier, and in many more hops.
   */
  private Duration slack() {
    return room(shortest());
  }

  private Duration unmet(Duration wait) {
    Duration left = wait;
    for (Duration rung : delays.stream().sorted(Comparator.reverseOrder()).toList()) {
      long times = left.plus(slack()).dividedBy(rung);
      left = notNegative(left.minus(rung.multipliedBy(times)));
    }
    return left;
  }

  private static Duration shorter(Duration one, Duration other) {
    return longer(one, other) ? other : one;
  }

  private static Duration notNegative(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  private static boolean longer(Duration one, Duration other) {
    return one.compareTo(other) > 0;
  }
}
