package io.tallypost.faults.scene;

/** What a row is played on. */
public enum Ground {
  /** One broker, and waits so short that their end is seen within the run. */
  ONE_BROKER(1, true),
  /** The same with three brokers that replicate to each other. */
  THREE_BROKERS(3, true),
  /**
   * One broker, and the waits that workers have by default. Where many bytes wait for a relay,
   * looking at them every few seconds would be most of the work.
   */
  DEFAULT_WAITS(1, false);

  private final int brokers;
  private final boolean shortWaits;

  Ground(int brokers, boolean shortWaits) {
    this.brokers = brokers;
    this.shortWaits = shortWaits;
  }

  int brokers() {
    return brokers;
  }

  boolean hasShortWaits() {
    return shortWaits;
  }
}
