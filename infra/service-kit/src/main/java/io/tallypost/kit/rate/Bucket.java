package io.tallypost.kit.rate;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * So many in each period; what was not taken is lost with its period, so that never more than twice
 * as many come close together. Unlike resilience4j's limiter it tells, without taking any, when
 * there is room again. Safe for threads.
 */
public final class Bucket {
  private final int most;
  private final long periodNanos;
  private final LongSupplier nanos;
  private long periodEnds;
  private int left;

  /** So many in each period, the first of which begins now. */
  public Bucket(int most, Duration period) {
    this(most, period, System::nanoTime);
  }

  /**
   * As above.
   *
   * @param nanos the time, as {@link System#nanoTime}
   */
  Bucket(int most, Duration period, LongSupplier nanos) {
    this.most = most;
    this.periodNanos = Math.max(1, period.toNanos());
    this.nanos = nanos;
    this.periodEnds = nanos.getAsLong() + periodNanos;
    this.left = most;
  }

  /** Takes one; false if none is left in this period. */
  public synchronized boolean tryTake() {
    refill();
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }

  /** How long until one is left; zero if there is one now. */
  public synchronized Duration untilFree() {
    long now = refill();
    return left > 0 ? Duration.ZERO : Duration.ofNanos(periodEnds - now);
  }

  private long refill() {
    long now = nanos.getAsLong();
    if (now - periodEnds >= 0) {
      periodEnds += ((now - periodEnds) / periodNanos + 1) * periodNanos;
      left = most;
    }
    return now;
  }
}
