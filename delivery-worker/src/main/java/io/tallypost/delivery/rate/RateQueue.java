package io.tallypost.delivery.rate;

import io.tallypost.delivery.smtp.ConnectionPlaces;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.wire.SendGuard;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Where mail waits for a relay's rate, if that is not long. Only the first in line looks for room,
 * so that lanes and tenants have the same order as at its connections. Otherwise whoever looks
 * first would have it: mostly the tenant with the most mail.
 */
public final class RateQueue {
  /** A wait shorter than this is not worth the way through Kafka. */
  private static final Duration SHORT_WAIT = Duration.ofSeconds(2);

  private static final Duration GLANCE = Duration.ofMillis(50);

  private final Pace pace;
  private final InstantSource clock;
  private final ConnectionPlaces first;
  private final AtomicInteger present = new AtomicInteger();

  /**
   * Nobody waits yet.
   *
   * @param bulkPercent bulk mail's part while other mail waits
   */
  public RateQueue(Pace pace, int bulkPercent, InstantSource clock) {
    this.pace = pace;
    this.clock = clock;
    this.first = new ConnectionPlaces(1, bulkPercent);
  }

  /** What the rate allows at this moment. */
  public Pace pace() {
    return pace;
  }

  /**
   * Counts one mail, and waits for room in the rate before.
   *
   * @param worthWaiting asked several times a second
   * @return false if there is no room soon, or waiting is not worth while any more
   * @throws InterruptedException if the thread is to end; nothing is counted
   */
  public boolean take(Relay.Terms terms, SendGuard guard, BooleanSupplier worthWaiting)
      throws InterruptedException {
    if (present.get() == 0 && pace.tryTake()) {
      return true;
    }
    Instant patience = clock.instant().plus(SHORT_WAIT);
    BooleanSupplier waits =
        () ->
            !guard.isBrokenOff()
                && worthWaiting.getAsBoolean()
                && pace.freeAt(clock.instant()).isBefore(patience);
    present.incrementAndGet();
    try {
      return waits.getAsBoolean()
          && first.enter(terms.lane(), terms.tenant(), waits)
          && takeAsFirst(terms, guard, waits);
    } finally {
      present.decrementAndGet();
    }
  }

  private boolean takeAsFirst(Relay.Terms terms, SendGuard guard, BooleanSupplier waits)
      throws InterruptedException {
    try {
      while (waits.getAsBoolean()) {
        if (pace.tryTake()) {
          return true;
        }
        guard.pause(GLANCE);
      }
      return false;
    } finally {
      first.leave(terms.lane());
    }
  }
}
