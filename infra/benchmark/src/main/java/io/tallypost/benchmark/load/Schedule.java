package io.tallypost.benchmark;

import java.time.Duration;

/**
 * When each request of an open model is due: at a constant rate, however long the answers take.
 *
 * @param perSecond the offered rate
 * @param duration for how long
 */
record Schedule(double perSecond, Duration duration) {
  Schedule {
    if (!(perSecond > 0)) {
      throw new IllegalArgumentException("the rate must be above 0");
    }
  }

  /** How many requests there are. */
  long count() {
    return Math.round(perSecond * duration.toNanos() / 1e9);
  }

  /** When a request is due, in nanoseconds after the start. */
  long dueNanos(long index) {
    return Math.round(index * 1e9 / perSecond);
  }
}
