package io.tallypost.delivery.relays;

import java.time.Duration;
import java.time.Instant;

/**
 * Picks the one mail that comes back soon to see whether its relay has recovered, while the rest
 * waits longer and longer.
 */
final class RecoveryProbe {
  private final Duration interval;
  private Instant next = Instant.MIN;

  /**
   * Picks the next mail that asks.
   *
   * @param interval how long a picked mail is away
   */
  RecoveryProbe(Duration interval) {
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
