package io.tallypost.delivery.relays;

import java.time.Duration;

/**
 * A relay's time per mail, over all its connections: the time between the ends of two sends while
 * more mail waits, without that wait. Times are those of {@link System#nanoTime()}.
 */
final class MailInterval {
  private double nanos;
  private long lastEnd;
  private boolean wasBusy;
  private boolean hasSent;

  MailInterval(Duration first) {
    this.nanos = first.toNanos();
  }

  /**
   * A send has ended.
   *
   * @param took how long it took, the wait for a connection included
   * @param atOnce how many mails are sent at once
   * @param busy whether others wait
   */
  synchronized void ended(long now, long took, int atOnce, boolean busy) {
    double most = (double) took / atOnce;
    if (!hasSent) {
      // Mail that comes before the second one ends must not all come back at once.
      hasSent = true;
      nanos = Math.max(nanos, most);
    } else if (wasBusy) {
      // Sends that start together end together: an average over two rounds of them.
      // What it did not take itself, there was nothing to send in.
      nanos += (Math.min(now - lastEnd, took) - nanos) / (2.0 * atOnce);
    }
    if (most < nanos) {
      // The relay is faster now: forget bad times soon.
      nanos = (nanos + most) / 2;
    }
    lastEnd = now;
    wasBusy = busy;
  }

  /** All waiting mail has left without a send: the time up to the next one says nothing. */
  synchronized void nobodyWaits() {
    wasBusy = false;
  }

  synchronized Duration get() {
    return Duration.ofNanos((long) nanos);
  }
}
