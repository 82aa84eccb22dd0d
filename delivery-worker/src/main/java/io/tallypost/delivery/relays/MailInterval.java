package io.tallypost.delivery.relays;

import java.time.Duration;

/**
 * How long a relay takes for a mail, over all its connections: what lies between the ends of two
 * sends while more mail waits. The wait for a connection is no part of it. Times are those of
 * {@link System#nanoTime()}.
 */
final class MailInterval {
  private double nanos;
  private long lastEnd;
  private boolean wasBusy;

  MailInterval(Duration first) {
    this.nanos = first.toNanos();
  }

  /**
   * A send has ended.
   *
   * @param took how long it took, the wait for a connection included
   * @param connections how many the relay has
   * @param busy whether others wait for one
   */
  synchronized void ended(long now, long took, int connections, boolean busy) {
    if (wasBusy) {
      // Sends that began together end together: an average over two rounds of them.
      nanos += (now - lastEnd - nanos) / (2.0 * connections);
    }
    double most = (double) took / connections;
    if (most < nanos) {
      // It takes less now: what was learnt in bad times is soon forgotten.
      nanos = (nanos + most) / 2;
    }
    lastEnd = now;
    wasBusy = busy;
  }

  /** All that waited have left without a send: the time up to the next one tells nothing. */
  synchronized void nobodyWaits() {
    wasBusy = false;
  }

  synchronized Duration get() {
    return Duration.ofNanos((long) nanos);
  }
}
