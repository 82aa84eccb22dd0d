package io.tallypost.delivery.relays;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.rate.Pace;
import io.tallypost.delivery.rate.RateQueue;
import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.NotNow;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.delivery.smtp.SmtpRelay;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.Lane;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A relay within its limits: it gets no more than it can take, and nothing while its breaker is
 * open. What it cannot take now comes back later and takes no place from mail for other relays
 * until then.
 */
final class GuardedRelay implements Relay, AutoCloseable {
  /** The assumed time for a mail before the first was sent. */
  private static final Duration FIRST_INTERVAL = Duration.ofMillis(10);

  /** Trials of a half-open breaker that take longer keep the relay's other mail no longer. */
  private static final Duration LONGEST_TRIAL = Duration.ofMinutes(2);

  /** Mail that came into a window that had stalled already may find a connection free. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /**
   * What the breaker is told of each mail's time. A slow relay is no unwell one, and the time
   * includes the wait for a connection; resilience4j opens a breaker if all mail takes a minute.
   */
  private static final long NO_TIME = 0;

  private final SmtpRelay relay;
  private final String group;
  private final CircuitBreaker breaker;

  /** No relay takes more of the worker's places than this, even if no other is in use. */
  private final Bulkhead bulkhead;

  private final Pace pace;
  private final RateQueue rate;
  private final InstantSource clock;
  private final WaitingLine line;
  private final RecoveryProbe probe;
  private final MailInterval interval = new MailInterval(FIRST_INTERVAL);
  private final Pressure pressure;

  private volatile Instant trialBegan = Instant.MIN;

  /** Whether its mail had to make room for other mail, and it has answered nothing since. */
  private volatile boolean stuck;

  GuardedRelay(
      SmtpRelay relay,
      String group,
      CircuitBreaker breaker,
      int places,
      RateQueue rate,
      DeliverySettings.Retry retry,
      Pressure pressure,
      InstantSource clock) {
    this.relay = relay;
    this.group = group;
    this.breaker = breaker;
    this.pressure = pressure;
    this.bulkhead =
        Bulkhead.of(
            relay.name(),
            BulkheadConfig.custom()
                .maxConcurrentCalls(places)
                .maxWaitDuration(Duration.ZERO)
                .build());
    this.rate = rate;
    this.pace = rate.pace();
    this.line = new WaitingLine(retry.rungs().longestWithin(retry.longestParking()));
    this.probe = new RecoveryProbe(retry.rungs().shortest());
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

  @Override
  public boolean mayBeAsked() {
    return !isOpen();
  }

  /** Uses this share of the relay's connections and rate from now on. */
  void share(double share) {
    relay.share(share);
    pace.share(share);
  }

  @Override
  public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard)
      throws InterruptedException {
    if (!terms.unconditionally() && !mayAsk()) {
      return notNow(Reason.BREAKER_OPEN, terms);
    }
    RelayAnswer relayAnswer = new RelayAnswer.BrokenOff();
    long began = System.nanoTime();
    try {
      relayAnswer =
          bulkhead.tryAcquirePermission()
              ? inItsPlace(mail, terms, guard)
              : notNow(Reason.SATURATED, terms);
      return relayAnswer;
    } finally {
      learn(relayAnswer, terms, guard, System.nanoTime() - began);
    }
  }

  private boolean mayAsk() {
    if (!breaker.tryAcquirePermission()) {
      letNewTrialsBegin();
      return false;
    }
    if (breaker.getState() == CircuitBreaker.State.HALF_OPEN) {
      trialBegan = clock.instant();
    }
    return true;
  }

  /** One of a relay's machines may be frozen: after another rest the others are tried. */
  private synchronized void letNewTrialsBegin() {
    if (breaker.getState() == CircuitBreaker.State.HALF_OPEN
        && clock.instant().isAfter(trialBegan.plus(LONGEST_TRIAL))) {
      breaker.transitionToOpenState();
    }
  }

  private RelayAnswer inItsPlace(OutgoingMail mail, Terms terms, SendGuard guard)
      throws InterruptedException {
    try {
      return ask(mail, terms, guard);
    } finally {
      bulkhead.onComplete();
    }
  }

  private RelayAnswer ask(OutgoingMail mail, Terms terms, SendGuard guard)
      throws InterruptedException {
    boolean must = terms.unconditionally();
    long began = System.nanoTime();
    BooleanSupplier yields =
        () -> pressure.isStalled() && System.nanoTime() - began >= PATIENCE.toNanos();
    if (stuck && relay.usage().active() >= relay.connections()) {
      return notNow(Reason.SATURATED, terms);
    }
    // It settles for ASCII where it was asked before in this attempt, and has paid.
    boolean pays = !must && !terms.withoutSmtpUtf8();
    // What is taken of the rate is not given back: nothing is taken that could not go.
    if (pays
        && !rate.take(terms, guard, () -> mail.mayGo() && !isOpen() && !yields.getAsBoolean())) {
      if (guard.isBrokenOff() || !mail.mayGo()) {
        return new RelayAnswer.BrokenOff();
      }
      return notNow(isOpen() ? Reason.BREAKER_OPEN : Reason.RATE_LIMITED, terms);
    }
    var yielded = new AtomicBoolean();
    RelayAnswer relayAnswer =
        relay.send(
            mail,
            terms,
            guard,
            () -> {
              yielded.set(yields.getAsBoolean());
              return (must || !isOpen()) && !yielded.get();
            });
    return relayAnswer == null
        ? notBegun(terms, !guard.isBrokenOff() && mail.mayGo(), yielded.get())
        : relayAnswer;
  }

  /** Why a mail that waited for a connection did not get one. */
  private RelayAnswer notBegun(Terms terms, boolean mayGo, boolean yielded) {
    // A mail that must be tried does not end by a breaker that it was not to ask.
    if (mayGo && !terms.unconditionally() && isOpen()) {
      return notNow(Reason.BREAKER_OPEN, terms);
    }
    if (mayGo && yielded) {
      stuck = true;
      return notNow(Reason.SATURATED, terms);
    }
    // The guard or an operator ended it, or the relay was closed because it was changed: it starts
    // again.
    return new RelayAnswer.BrokenOff();
  }

  /** Tells the breaker; without an attempt it only returns the permission. */
  private void learn(RelayAnswer relayAnswer, Terms terms, SendGuard guard, long nanos) {
    if (relayAnswer instanceof NotNow(Reason reason, var _, var _) && reason == Reason.STALLED) {
      breaker.onError(NO_TIME, TimeUnit.NANOSECONDS, new RelayFaultException());
      return;
    }
    if (!(relayAnswer instanceof RelayAnswer.Made(AttemptResult attemptResult))
        || saysNothing(attemptResult, guard)) {
      if (relay.usage().waiting() == 0) {
        interval.nobodyWaits();
      }
      if (!terms.unconditionally()) {
        breaker.releasePermission();
      }
      return;
    }
    var usage = relay.usage();
    boolean busy = usage.waiting() > 0 || pressure.isShareUsed(group);
    // Large mail may find fewer places than there are connections.
    int atOnce = busy ? Math.min(relay.connections(), usage.active() + 1) : relay.connections();
    interval.ended(System.nanoTime(), nanos, atOnce, busy);
    if (attemptResult.health() == AttemptResult.Health.FAILED) {
      breaker.onError(NO_TIME, TimeUnit.NANOSECONDS, new RelayFaultException());
    } else {
      stuck = false;
      breaker.onSuccess(NO_TIME, TimeUnit.NANOSECONDS);
    }
  }

  /** What we broke off, or what failed here, tells nothing about the relay. */
  private static boolean saysNothing(AttemptResult attemptResult, SendGuard guard) {
    return attemptResult.health() == AttemptResult.Health.UNTOLD
        || (guard.isCutShort() && attemptResult.fault() == AttemptResult.Fault.IN_DOUBT);
  }

  /** Whether its breaker is open. */
  boolean isLeftInPeace() {
    return isOpen();
  }

  private boolean isOpen() {
    return breaker.getState() == CircuitBreaker.State.OPEN;
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

  /** What to answer to a mail that would come back at its turn. */
  private NotNow notNow(Reason reason, Terms terms) {
    return new NotNow(reason, turn(reason, terms, line::turn));
  }

  @Override
  public NotNow park(NotNow notNow, Terms terms) {
    return new NotNow(
        notNow.reason(),
        turn(notNow.reason(), terms, line::join),
        notNow.reason() == Reason.BREAKER_OPEN && probe.pick(clock.instant()));
  }

  private interface Turn {
    Instant of(Lane lane, Instant now, Instant free, Duration each);
  }

  private @Nullable Instant turn(Reason reason, Terms terms, Turn turn) {
    Instant now = clock.instant();
    return switch (reason) {
      case RATE_LIMITED -> turn.of(terms.lane(), now, pace.freeAt(now), pace.interval());
      case SATURATED -> turn.of(terms.lane(), now, now.plus(untilRoom()), interval.get());
      case HELD,
          TENANT_DISABLED,
          NO_RELAY,
          UNUSABLE,
          MISCONFIGURED,
          BREAKER_OPEN,
          STALLED,
          HANDED_OVER ->
          null;
    };
  }

  /** How long the mails that have a place will take. */
  private Duration untilRoom() {
    return interval.get().multipliedBy(bulkhead.getBulkheadConfig().getMaxConcurrentCalls());
  }

  @Override
  public void close() {
    relay.close();
  }

  /** What the breaker is told; it keeps nothing else. */
  private static final class RelayFaultException extends Exception {
    private static final long serialVersionUID = 1L;

    RelayFaultException() {
      super("relay fault", null, false, false);
    }
  }
}
