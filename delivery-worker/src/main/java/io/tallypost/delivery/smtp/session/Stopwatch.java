package io.tallypost.delivery.smtp.session;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** How long each of several parts took, one after the other. */
public final class Stopwatch {
  private final Map<SmtpStage, Duration> laps = new EnumMap<>(SmtpStage.class);
  private long last = System.nanoTime();

  /** The time since the last lap belongs to this part. */
  void lap(SmtpStage part) {
    long now = System.nanoTime();
    laps.merge(part, Duration.ofNanos(now - last), Duration::plus);
    last = now;
  }

  /** Reports all laps. */
  public void tell(SmtpPhases phases) {
    laps.forEach(phases::took);
  }

  /** The time of a part in milliseconds; 0 if it did not happen. */
  public long millis(SmtpStage part) {
    return laps.getOrDefault(part, Duration.ZERO).toMillis();
  }
}
