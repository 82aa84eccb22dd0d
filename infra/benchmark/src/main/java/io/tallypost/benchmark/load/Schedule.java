package io.tallypost.benchmark.load;

import java.time.Duration;

/**
 * When each request of an open model is due: at a constant rate, however long the answers take.
 *
 * @param perSecond the offered rate
 * @param duration for how long
 */
public record Schedule(double perSecond, Duration duration) {
  public Schedule {
    if (!(perSecond > 0)) {
      throw new IllegalArgumentException("the rate must be above 0");
    }
  }

  /** How many requests there are. */
  public long count() {
    return Math.round(perSecond * duration.toNanos() / 1e9);
  }

  /** When a request is due, in nanoseconds after the start. */
  public long dueNanos(long index) {
    return Math.round(index * 1e9 / perSecond);
  }
}
