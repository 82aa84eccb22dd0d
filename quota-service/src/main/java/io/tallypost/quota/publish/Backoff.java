package io.tallypost.quota.publish;

import io.tallypost.quota.QuotaSettings;
import java.time.Duration;

/** The wait before the next try, doubling up to a bound. Belongs to one thread. */
public final class Backoff {
  private final Duration first;
  private final Duration most;
  private Duration next;

  public Backoff(QuotaSettings settings) {
    this.first = settings.retry();
    this.most = settings.retryMost();
    this.next = first;
  }

  public Duration next() {
    var wait = next;
    next = wait.compareTo(most.dividedBy(2)) < 0 ? wait.multipliedBy(2) : most;
    return wait;
  }

  public void reset() {
    next = first;
  }
}
