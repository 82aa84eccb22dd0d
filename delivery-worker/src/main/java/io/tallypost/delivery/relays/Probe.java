package io.tallypost.delivery.relays;

import java.time.Duration;
import java.time.Instant;

/**
 * Picks the mail that comes back soon to see whether its relay is well again, while the rest waits
 * longer and longer: one mail at a time.
 */
final class Probe {
  private final Duration interval;
  private Instant next = Instant.MIN;

  /**
   * Picks the next mail that asks.
   *
   * @param interval how long a picked mail is away
   */
  Probe(Duration interval) {
    this.interval = interval;
  }

  /** Whether a mail that is parked now is the probe; if so, the next one is not. */
  synchronized boolean pick(Instant now) {
    if (now.isBefore(next)) {
      return false;
    }
    next = now.plus(interval);
    return true;
  }
}
