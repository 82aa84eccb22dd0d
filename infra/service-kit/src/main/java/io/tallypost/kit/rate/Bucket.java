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

  /** In this period; more than there are if the size has shrunk since. */
  private int taken;

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
  }

  /** One with another size that has given as many in its present period. */
  public synchronized Bucket resized(int size, Duration period) {
    refill();
    var resized = new Bucket(size, period, nanos);
    resized.periodEnds = periodEnds - periodNanos + resized.periodNanos;
    resized.taken = taken;
    return resized;
  }

  /** Takes one; false if none is left in this period. */
  public synchronized boolean tryTake() {
    refill();
    if (taken >= most) {
      return false;
    }
    taken++;
    return true;
  }

  /** How long until one is left; zero if there is one now. */
  public synchronized Duration untilFree() {
    long now = refill();
    return taken < most ? Duration.ZERO : Duration.ofNanos(periodEnds - now);
  }

  private long refill() {
    long now = nanos.getAsLong();
    if (now - periodEnds >= 0) {
      periodEnds += ((now - periodEnds) / periodNanos + 1) * periodNanos;
      taken = 0;
    }
    return now;
  }
}
