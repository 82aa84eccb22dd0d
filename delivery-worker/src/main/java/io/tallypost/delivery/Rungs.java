package io.tallypost.delivery;

import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * The delays that have a topic each, in any order. A record is due exactly after its topic's delay,
 * give or take the room for jitter above it, because the head of a partition holds up the rest. A
 * longer wait is several stays, one after another. Pure.
 */
public record Rungs(List<Duration> delays) {
  /** How much longer than its delay a record may stay: a tenth of it, at most this. */
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
   * @param retryAt when the mail is wanted; where that is after the stay, it goes to another rung
   */
  public record Stay(Duration rung, Instant dueAt, Instant retryAt) {

    /** The topic it is on. */
    public String topic() {
      return Topics.retry(rung);
    }

    /** When the mail is back in its queue, at the earliest. */
    Instant backAt() {
      return dueAt.isAfter(retryAt) ? dueAt : retryAt;
    }

    /** Sets the headers that the retry pump goes by. */
    public RecordHeaders mark(RecordHeaders headers) {
      headers.set(RecordHeaders.DUE_AT, dueAt);
      return retryAt.isAfter(dueAt)
          ? headers.set(RecordHeaders.RETRY_AT, retryAt)
          : headers.remove(RecordHeaders.RETRY_AT);
    }
  }

  /**
   * The next stay of a mail that is wanted at a time: on the longest rung that is not above the
   * wait, or on the shortest one where all are above it. A mail never comes back earlier than it is
   * wanted, and later by less than the shortest rung.
   */
  public Stay stay(Instant wanted, Instant now) {
    Duration wait = Duration.between(now, wanted);
    Duration rung = longestWithin(wait.plus(slack()));
    Duration over = wait.minus(rung);
    Duration room = room(rung);
    // What no sequence of rungs adds up to is spread over the rooms of the stays.
    Duration added = longer(over, room) ? shorter(room, unmet(wait)) : notNegative(over);
    return new Stay(rung, now.plus(rung).plus(added), wanted);
  }

  /** The longest rung that is not above this; the shortest one where all are. */
  public Duration longestWithin(Duration wait) {
    return delays.stream()
        .filter(rung -> !longer(rung, wait))
        .max(Comparator.naturalOrder())
        .orElseGet(this::shortest);
  }

  /** The least that mail waits. */
  public Duration shortest() {
    return Collections.min(delays);
  }

  Duration longest() {
    return Collections.max(delays);
  }

  /** How much longer than this delay a record may stay on its rung. */
  static Duration room(Duration delay) {
    return shorter(delay.dividedBy(ROOM_PART), MOST_ROOM);
  }

  /**
   * A wait that is by so little shorter than a rung takes it all the same: the shorter rungs would
   * bring the mail back no earlier, and in many more hops.
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
