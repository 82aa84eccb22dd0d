package io.tallypost.quota;

import java.time.Duration;

/** The wait before the next try, doubling up to a bound. Belongs to one thread. */
final class Backoff {
  private final Duration first;
  private final Duration most;
  private Duration next;

  Backoff(QuotaSettings settings) {
    this.first = settings.retry();
    this.most = settings.retryMost();
    this.next = first;
  }

  Duration next() {
    var wait = next;
    next = wait.compareTo(most.dividedBy(2)) < 0 ? wait.multipliedBy(2) : most;
    return wait;
  }

  void reset() {
    next = first;
  }
}
