package io.tallypost.faults.scene;

import java.util.Map;

/** What a row is played on. */
public enum Ground {
  /** One broker, and waits so short that their end is seen within the run. */
  ONE_BROKER(1, "1s,2s,5s", "10s"),
  /** The same with three brokers that replicate to each other. */
  THREE_BROKERS(3, "1s,2s,5s", "10s"),
  /**
   * One broker, and the waits that workers have by default. Where many bytes wait for a relay,
   * looking at them every few seconds would be most of the work.
   */
  DEFAULT_WAITS(1, "", ""),
  /**
   * One broker, short waits between attempts, and as long a wait as by default where no relay is
   * asked. Fifty thousand mails that are looked at every few seconds would be all of the work.
   */
  LONG_PARKING(1, "1s,2s,5s,30s,2m,10m", "10m");

  private final int brokers;
  private final String delays;
  private final String longestParking;

  Ground(int brokers, String delays, String longestParking) {
    this.brokers = brokers;
    this.delays = delays;
    this.longestParking = longestParking;
  }

  int brokers() {
    return brokers;
  }

  /** The workers' waits, in environment variables, where they are not the default. */
  Map<String, String> waits() {
    return delays.isEmpty()
        ? Map.of()
        : Map.of(
            "TALLYPOST_DELIVERY_RETRY_DELAYS", delays,
            "TALLYPOST_DELIVERY_RETRY_LONGEST_PARKING", longestParking);
  }
}
