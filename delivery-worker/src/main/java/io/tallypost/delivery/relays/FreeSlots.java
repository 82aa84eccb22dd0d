package io.tallypost.delivery.relays;

import java.time.Duration;
import java.time.Instant;

/** Gives each mail that must come back later a time of its own, so that not all come at once. */
final class FreeSlots {
  private Instant next = Instant.EPOCH;

  /**
   * The next free slot.
   *
   * @param from when the first one is, at the earliest
   * @param interval how long each of them takes
   */
  synchronized Instant take(Instant from, Duration interval) {
    Instant slot = next.isBefore(from) ? from : next;
    next = slot.plus(interval);
    return slot;
  }
}
