package io.tallypost.kit.metrics;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * The buckets of latency histograms: few, and at the limits of alerts, so that quantiles are exact
 * there.
 */
public final class Latencies {
  /** From 5 ms to 30 s: for waiting callers. */
  public static final Duration[] SHORT =
      millis(5, 10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000);

  /** From 50 ms to a day: for mail that may wait for a relay. */
  public static final Duration[] LONG =
      millis(
          50, 100, 250, 500, 1_000, 2_000, 5_000, 15_000, 60_000, 600_000, 3_600_000, 86_400_000);

  /** From 1 ms to 2 min: parts of an SMTP conversation, up to its deadlines. */
  public static final Duration[] SMTP = millis(1, 5, 25, 100, 500, 2_000, 10_000, 30_000, 120_000);

  private Latencies() {}

  private static Duration[] millis(long... millis) {
    return LongStream.of(millis).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
  }

  /** A timer whose histogram has these buckets and no others. */
  public static Timer.Builder timer(String name, String description, Duration... buckets) {
    return Timer.builder(name).description(description).serviceLevelObjectives(buckets);
  }
}
