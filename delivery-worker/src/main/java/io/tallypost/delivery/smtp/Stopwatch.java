package io.tallypost.delivery.smtp;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** How long the parts of something took that is done one after the other. */
final class Stopwatch {
  private final Map<SmtpStage, Duration> laps = new EnumMap<>(SmtpStage.class);
  private long last = System.nanoTime();

  /** The time since the last lap went into this part. */
  void lap(SmtpStage part) {
    long now = System.nanoTime();
    laps.merge(part, Duration.ofNanos(now - last), Duration::plus);
    last = now;
  }

  /** Tells all laps. */
  void tell(SmtpPhases phases) {
    laps.forEach(phases::took);
  }

  /** The time that a part took, in milliseconds; 0 for one that did not come about. */
  long millis(SmtpStage part) {
    return laps.getOrDefault(part, Duration.ZERO).toMillis();
  }
}
