package io.posthorn.delivery.relays;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.posthorn.delivery.smtp.Attempted;
import io.posthorn.delivery.smtp.Envelope;
import io.posthorn.delivery.smtp.Handling;
import io.posthorn.delivery.smtp.Handling.NotNow;
import io.posthorn.delivery.smtp.Handling.Reason;
import io.posthorn.delivery.smtp.Relay;
import io.posthorn.delivery.smtp.SendGuard;
import io.posthorn.delivery.smtp.SmtpRelay;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A relay that is asked no more than it can take, and left in peace while it fails. What it cannot
 * take now comes back later and meanwhile takes no place from mail for other relays.
 */
final class GuardedRelay implements Relay, AutoCloseable {
  /** A wait shorter than this is not worth the way through Kafka. */
  private static final Duration SHORT_WAIT = Duration.ofSeconds(2);

  private static final Duration GLANCE = Duration.ofMillis(50);

  private final SmtpRelay relay;
  private final CircuitBreaker breaker;
  private final Bulkhead bulkhead;
  private final Pace pace;
  private final InstantSource clock;
  private final FreeSlots slots = new FreeSlots();
  private final AtomicLong usualNanos = new AtomicLong(Duration.ofMillis(100).toNanos());

  GuardedRelay(
      SmtpRelay relay, CircuitBreaker breaker, int places, Pace pace, InstantSource clock) {
    this.relay = relay;
    this.breaker = breaker;
    this.bulkhead = Bulkhead.of(relay.name(), places(places));
    this.pace = pace;
    this.clock = clock;
  }

  private static BulkheadConfig places(int places) {
    return BulkheadConfig.custom()
        .maxConcurrentCalls(places)
        .maxWaitDuration(Duration.ZERO)
        .build();
  }

  @Override
  public String name() {
    return relay.name();
  }

  /** Uses this share of the relay's connections and rate from now on. */
  void share(double share) {
    relay.share(share);
    pace.share(share);
  }

  /** Lets this many mails be on their way there, or waiting for it. */
  void resize(int places) {
    bulkhead.changeConfig(places(places));
  }

  @Override
  public Handling handle(Envelope envelope, byte[] message, Terms terms, SendGuard guard)
      throws InterruptedException {
    boolean must = terms.unconditionally();
    if (!must && !breaker.tryAcquirePermission()) {
      return new NotNow(Reason.BREAKER_OPEN, null);
    }
    if (!must && !bulkhead.tryAcquirePermission()) {
      breaker.releasePermission();
      return new NotNow(Reason.SATURATED, afterThoseWhoWait());
    }
    try {
      if (!must && !inTime(guard)) {
        breaker.releasePermission();
        return guard.isBrokenOff()
            ? new Handling.BrokenOff()
            : new NotNow(
                Reason.RATE_LIMITED, slots.take(pace.freeAt(clock.instant()), pace.interval()));
      }
      return send(envelope, message, terms, guard);
    } finally {
      if (!must) {
        bulkhead.onComplete();
      }
    }
  }

  private Handling send(Envelope envelope, byte[] message, Terms terms, SendGuard guard)
      throws InterruptedException {
    boolean must = terms.unconditionally();
    long began = System.nanoTime();
    Attempted attempted = null;
    try {
      attempted = relay.send(envelope, message, terms.lane(), guard, () -> must || !isOpen());
    } finally {
      learn(attempted, System.nanoTime() - began, must);
    }
    if (attempted != null) {
      return new Handling.Made(attempted);
    }
    return guard.isBrokenOff() || !isOpen()
        ? new Handling.BrokenOff()
        : new NotNow(Reason.BREAKER_OPEN, null);
  }

  private void learn(@Nullable Attempted attempted, long nanos, boolean must) {
    if (attempted == null) {
      if (!must) {
        breaker.releasePermission();
      }
      return;
    }
    usualNanos.updateAndGet(usual -> usual + (nanos - usual) / 10);
    switch (attempted.fault()) {
      case RELAY_TEMPORARY, RELAY_MISCONFIGURED, IN_DOUBT ->
          breaker.onError(nanos, TimeUnit.NANOSECONDS, new RelayFaultException());
      case NONE, NOT_COMPOSABLE, MESSAGE_PERMANENT, MESSAGE_TEMPORARY ->
          breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    }
  }

  private boolean isOpen() {
    return breaker.getState() == CircuitBreaker.State.OPEN;
  }

  /** Waits for the relay's rate, if that is not long. */
  private boolean inTime(SendGuard guard) throws InterruptedException {
    if (pace.tryTake()) {
      return true;
    }
    Instant patience = clock.instant().plus(SHORT_WAIT);
    while (!guard.isBrokenOff() && pace.freeAt(clock.instant()).isBefore(patience)) {
      guard.pause(GLANCE);
      if (pace.tryTake()) {
        return true;
      }
    }
    return false;
  }

  private Instant afterThoseWhoWait() {
    Duration each = Duration.ofNanos(usualNanos.get() / relay.connections());
    long waiting = bulkhead.getBulkheadConfig().getMaxConcurrentCalls();
    return slots.take(clock.instant().plus(each.multipliedBy(waiting)), each);
  }

  @Override
  public void close() {
    relay.close();
  }

  /** What the breaker is told; it keeps no more of it than that. */
  private static final class RelayFaultException extends Exception {
    private static final long serialVersionUID = 1L;

    RelayFaultException() {
      super("relay fault", null, false, false);
    }
  }
}
