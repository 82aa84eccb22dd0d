package io.tallypost.benchmark.sink;

import java.time.Instant;

/** The wall clock with the steps of {@link System#nanoTime}: comparable between processes. */
@SuppressWarnings("TimeInStaticInitializer") // One pair of readings ties the two clocks together.
public final class WallClock {
  private static final long NANOS = System.nanoTime();
  private static final long MICROS = micros(Instant.now());

  private WallClock() {}

  static long now() {
    return at(System.nanoTime());
  }

  /** The wall clock's microseconds at a reading of {@link System#nanoTime}. */
  public static long at(long nanoTime) {
    return MICROS + (nanoTime - NANOS) / 1000;
  }

  private static long micros(Instant instant) {
    return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
  }
}
