package io.tallypost.delivery.relays;

import io.tallypost.mail.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/**
 * How much parked mail waits for its turn at a relay. It is a count that drains with time, at the
 * relay's present speed: a relay that has recovered soon has a short line, and a mail that comes
 * back at its turn is not in it any more. Transactional mail comes before bulk mail.
 */
final class WaitingLine {
  private final Duration longest;
  private final Map<Lane, Double> waiting = new EnumMap<>(Lane.class);

  /** When the line will have drained; if nobody waited, when its first mail has its turn. */
  private Instant drainedAt = Instant.MIN;

  /**
   * An empty line.
   *
   * @param longest the farthest turn; mail that would wait longer is looked at again by then, and
   *     is not counted: it would count twice when it comes back
   */
  WaitingLine(Duration longest) {
    this.longest = longest;
    for (Lane lane : Lane.values()) {
      waiting.put(lane, 0.0);
    }
  }

  /**
   * The turn of a mail that would join now.
   *
   * @param free when the relay can take the first mail of the line
   * @param each the relay's time per mail
   */
  synchronized Instant turn(Lane lane, Instant now, Instant free, Duration each) {
    drain(now, each);
    Instant soonest = later(now, free);
    // A relay may take the first mail earlier than it seemed when that one joined.
    if (isEmpty() || soonest.isBefore(drainedAt)) {
      drainedAt = soonest;
    }
    return later(now, drainedAt).plusNanos((long) (ahead(lane) * each.toNanos()));
  }

  /** As {@link #turn}, and the mail waits from now on. */
  synchronized Instant join(Lane lane, Instant now, Instant free, Duration each) {
    Instant turn = turn(lane, now, free, each);
    if (!turn.isAfter(now.plus(longest))) {
      waiting.merge(lane, 1.0, Double::sum);
    }
    return turn;
  }

  private void drain(Instant now, Duration each) {
    if (isEmpty() || !now.isAfter(drainedAt)) {
      return;
    }
    double gone = (double) Duration.between(drainedAt, now).toNanos() / Math.max(1, each.toNanos());
    for (Lane lane : new Lane[] {Lane.TRANSACTIONAL, Lane.BULK}) {
      double before = of(lane);
      waiting.put(lane, Math.max(0, before - gone));
      gone = Math.max(0, gone - before);
    }
    drainedAt = now;
  }

  /** How many have their turn before a mail of this lane. */
  private double ahead(Lane lane) {
    return switch (lane) {
      case TRANSACTIONAL -> of(Lane.TRANSACTIONAL);
      case BULK -> of(Lane.TRANSACTIONAL) + of(Lane.BULK);
    };
  }

  private boolean isEmpty() {
    return ahead(Lane.BULK) == 0;
  }

  private double of(Lane lane) {
    return waiting.getOrDefault(lane, 0.0);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
