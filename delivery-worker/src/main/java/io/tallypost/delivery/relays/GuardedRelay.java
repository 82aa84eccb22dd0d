package io.tallypost.delivery.relays;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.tallypost.delivery.smtp.Attempted;
import io.tallypost.delivery.smtp.Envelope;
import io.tallypost.delivery.smtp.Handling;
import io.tallypost.delivery.smtp.Handling.NotNow;
import io.tallypost.delivery.smtp.Handling.Reason;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.SendGuard;
import io.tallypost.delivery.smtp.SmtpRelay;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A relay that is asked no more than it can take, and left in peace while it fails. What it cannot
 * take now comes back later and meanwhile takes no place from mail for other relays.
 */
final class GuardedRelay implements Relay, AutoCloseable {
  /** A wait shorter than this is not worth the way through Kafka. */
  private static final Duration SHORT_WAIT = Duration.ofSeconds(2);

  private static final Duration GLANCE = Duration.ofMillis(50);

  /** Mail that came into a window which had stalled already may find a connection free. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final SmtpRelay relay;
  private final CircuitBreaker breaker;

  /** No relay takes more of the worker's places than these, whether others are in use or not. */
  private final Bulkhead bulkhead;

  private final Pace pace;
  private final InstantSource clock;
  private final FreeSlots slots = new FreeSlots();
  private final AtomicLong usualNanos = new AtomicLong(Duration.ofMillis(100).toNanos());
  private final Pressure pressure;

  /** Whether mail for it had to make room for other mail, and it has answered nothing since. */
  private volatile boolean stuck;

  GuardedRelay(
      SmtpRelay relay,
      CircuitBreaker breaker,
      int places,
      Pace pace,
      Pressure pressure,
      InstantSource clock) {
    this.relay = relay;
    this.breaker = breaker;
    this.pressure = pressure;
    this.bulkhead =
        Bulkhead.of(
            relay.name(),
            BulkheadConfig.custom()
                .maxConcurrentCalls(places)
                .maxWaitDuration(Duration.ZERO)
                .build());
    this.pace = pace;
    this.clock = clock;
  }

  @Override
  public String name() {
    return relay.name();
  }

  @Override
  public BigDecimal costPerRecipient() {
    return relay.costPerRecipient();
  }

  /** Uses this share of the relay's connections and rate from now on. */
  void share(double share) {
    relay.share(share);
    pace.share(share);
  }

  @Override
  public Handling handle(Envelope envelope, byte[] message, Terms terms, SendGuard guard)
      throws InterruptedException {
    if (!terms.unconditionally() && !breaker.tryAcquirePermission()) {
      return new NotNow(Reason.BREAKER_OPEN, null);
    }
    Handling handling = new Handling.BrokenOff();
    long began = System.nanoTime();
    try {
      handling =
          bulkhead.tryAcquirePermission()
              ? inItsPlace(envelope, message, terms, guard)
              : new NotNow(Reason.SATURATED, afterThoseWhoWait());
      return handling;
    } finally {
      learn(handling, terms, System.nanoTime() - began);
    }
  }

  private Handling inItsPlace(Envelope envelope, byte[] message, Terms terms, SendGuard guard)
      throws InterruptedException {
    try {
      return ask(envelope, message, terms, guard);
    } finally {
      bulkhead.onComplete();
    }
  }

  private Handling ask(Envelope envelope, byte[] message, Terms terms, SendGuard guard)
      throws InterruptedException {
    boolean must = terms.unconditionally();
    long began = System.nanoTime();
    BooleanSupplier yields =
        () -> pressure.isStalled() && System.nanoTime() - began >= PATIENCE.toNanos();
    if (!must && !inTime(guard, yields)) {
      return guard.isBrokenOff()
          ? new Handling.BrokenOff()
          : new NotNow(
              Reason.RATE_LIMITED, slots.take(pace.freeAt(clock.instant()), pace.interval()));
    }
    if (stuck && relay.usage().active() >= relay.connections()) {
      return new NotNow(Reason.SATURATED, afterThoseWhoWait());
    }
    var yielded = new AtomicBoolean();
    Attempted attempted =
        relay.send(
            envelope,
            message,
            terms.lane(),
            guard,
            () -> {
              yielded.set(yields.getAsBoolean());
              return (must || !isOpen()) && !yielded.get();
            });
    return attempted == null ? notBegun(guard, yielded.get()) : new Handling.Made(attempted);
  }

  /** Why a mail that waited for a connection has not got one. */
  private Handling notBegun(SendGuard guard, boolean yielded) {
    if (!guard.isBrokenOff() && isOpen()) {
      return new NotNow(Reason.BREAKER_OPEN, null);
    }
    if (!guard.isBrokenOff() && yielded) {
      stuck = true;
      return new NotNow(Reason.SATURATED, afterThoseWhoWait());
    }
    // The guard ended it, or the relay was closed because it was changed: it begins anew.
    return new Handling.BrokenOff();
  }

  /** Tells the breaker; without an attempt it only gives back what was taken. */
  private void learn(Handling handling, Terms terms, long nanos) {
    if (!(handling instanceof Handling.Made(Attempted attempted))) {
      if (!terms.unconditionally()) {
        breaker.releasePermission();
      }
      return;
    }
    usualNanos.updateAndGet(usual -> usual + (nanos - usual) / 10);
    switch (attempted.fault()) {
      case RELAY_TEMPORARY, RELAY_MISCONFIGURED, IN_DOUBT ->
          breaker.onError(nanos, TimeUnit.NANOSECONDS, new RelayFaultException());
      case NONE, NOT_COMPOSABLE, MESSAGE_PERMANENT, MESSAGE_TEMPORARY -> {
        stuck = false;
        breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
      }
    }
  }

  /** Whether its breaker is open. */
  boolean isLeftInPeace() {
    return isOpen();
  }

  private boolean isOpen() {
    return breaker.getState() == CircuitBreaker.State.OPEN;
  }

  /** Waits for the relay's rate, if that is not long. */
  private boolean inTime(SendGuard guard, BooleanSupplier yields) throws InterruptedException {
    if (pace.tryTake()) {
      return true;
    }
    Instant patience = clock.instant().plus(SHORT_WAIT);
    while (!guard.isBrokenOff()
        && !yields.getAsBoolean()
        && pace.freeAt(clock.instant()).isBefore(patience)) {
      guard.pause(GLANCE);
      if (pace.tryTake()) {
        return true;
      }
    }
    return false;
  }

  /** Its connections as they are now. */
  SmtpRelay.Connections usage() {
    return relay.usage();
  }

  /** When the certificate expires that it showed last; null before the first one. */
  @Nullable Instant certificateExpiresAt() {
    return relay.certificateExpiresAt();
  }

  /** 0 while it is asked, 1 while it is tried out again, 2 while it is left in peace. */
  int breakerState() {
    return switch (breaker.getState()) {
      case CLOSED, DISABLED, METRICS_ONLY -> 0;
      case HALF_OPEN -> 1;
      case OPEN, FORCED_OPEN -> 2;
    };
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
