package io.tallypost.benchmark;

import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** How long things took: percentiles to three digits. */
final class Latencies {
  private static final long MOST_MICROS = Duration.ofHours(1).toNanos() / 1000;

  private final Histogram histogram = new Histogram(MOST_MICROS, 3);

  static Latencies of(Stream<Duration> durations) {
    var latencies = new Latencies();
    durations.forEach(latencies::add);
    return latencies;
  }

  private void add(Duration duration) {
    histogram.recordValue(Math.clamp(duration.toNanos() / 1000, 0, MOST_MICROS));
  }

  /** In milliseconds. */
  double percentile(double percent) {
    return histogram.getValueAtPercentile(percent) / 1000.0;
  }

  /** The median, p95 and p99 in milliseconds, as cells of a table. */
  String cells() {
    return String.format(
        Locale.ROOT, "%.1f | %.1f | %.1f", percentile(50), percentile(95), percentile(99));
  }
}
