package io.posthorn.delivery.smtp;

import io.posthorn.events.SendRequested;

/** Knows which relay a message goes to. */
public final class Relays {
  private final Relay standard;
  private final Relay simulated;

  /**
   * Two relays.
   *
   * @param standard for the mail of live keys
   * @param simulated for the mail of test keys, which must reach nobody
   */
  public Relays(Relay standard, SimulatedRelay simulated) {
    this.standard = standard;
    this.simulated = simulated;
  }

  /** The relay to try next. */
  public Relay forMessage(SendRequested request) {
    return switch (request.context().mode()) {
      case LIVE -> standard;
      case TEST -> simulated;
    };
  }
}
