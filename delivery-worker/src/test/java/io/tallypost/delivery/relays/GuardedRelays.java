package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.rate.Pace;
import io.tallypost.delivery.rate.RateQueue;
import io.tallypost.delivery.smtp.FixedMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.SmtpRelay;
import io.tallypost.delivery.smtp.Timeouts;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SmtpSink;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;

/** A relay with one connection and two places, at a sink. */
abstract class GuardedRelays {
  static final int PLACES = 2;
  static final Relay.Terms TERMS =
      new Relay.Terms(1, new TenantId("acme"), Lane.TRANSACTIONAL, false, false);
  static final Pressure NONE = pressure(() -> false, () -> false);

  final SmtpSink sink = SmtpSink.start();
  final CircuitBreaker breaker = CircuitBreaker.ofDefaults("guarded");
  final Pressure pressure = pressure(this::isStalled, this::isShareUsed);
  final GuardedRelay relay = guarded(sink, PLACES, pressure, breaker);
  final List<SendGuard> guards = new ArrayList<>();
  volatile boolean stalled;
  volatile boolean shareUsed;

  @AfterEach
  void close() {
    guards.forEach(SendGuard::abandon);
    relay.close();
    sink.close();
  }

  CompletableFuture<RelayAnswer> send() {
    return send(TERMS);
  }

  CompletableFuture<RelayAnswer> send(Relay.Terms terms) {
    return send(relay, terms, BOB);
  }

  CompletableFuture<RelayAnswer> send(GuardedRelay to, String name, Relay.Terms terms) {
    return send(to, terms, new EmailAddress(name + "@example.org"));
  }

  CompletableFuture<RelayAnswer> send(
      GuardedRelay to, Relay.Terms terms, EmailAddress... recipients) {
    var guard = new SendGuard();
    guards.add(guard);
    var mail =
        new FixedMail(
            new Envelope(ALICE, List.of(recipients)),
            "Subject: hello\r\n\r\nhi\r\n".getBytes(US_ASCII));
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return to.handle(mail, terms, guard);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }

  private boolean isStalled() {
    return stalled;
  }

  private boolean isShareUsed() {
    return shareUsed;
  }

  private static Pressure pressure(BooleanSupplier stalled, BooleanSupplier shareUsed) {
    return new Pressure() {
      @Override
      public boolean isStalled() {
        return stalled.getAsBoolean();
      }

      @Override
      public boolean isShareUsed(String relays) {
        return shareUsed.getAsBoolean();
      }
    };
  }

  /** A relay with one connection. */
  static GuardedRelay guarded(SmtpSink sink, int places) {
    return guarded(sink, places, NONE, CircuitBreaker.ofDefaults("guarded"));
  }

  static GuardedRelay guarded(
      SmtpSink sink, int places, Pressure pressure, CircuitBreaker breaker) {
    return guarded(sink, places, pressure, breaker, SendingRate.UNLIMITED);
  }

  static GuardedRelay guarded(
      SmtpSink sink, int places, Pressure pressure, CircuitBreaker breaker, SendingRate rate) {
    return guarded(sink, places, pressure, breaker, rate, InstantSource.system());
  }

  static GuardedRelay guarded(
      SmtpSink sink,
      int places,
      Pressure pressure,
      CircuitBreaker breaker,
      SendingRate rate,
      InstantSource clock) {
    var settings =
        new RelaySettings(
            "guarded",
            Objects.requireNonNull(sink.host()),
            sink.port(),
            "",
            "",
            RelaySecurity.NONE,
            "",
            1,
            100,
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Timeouts.of(),
            BigDecimal.ZERO);
    var tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
    return new GuardedRelay(
        new SmtpRelay(settings, tls, HostLookup.ANYWHERE, clock, 50, SmtpPhases.UNHEARD),
        "acme",
        breaker,
        places,
        new RateQueue(new Pace(rate, 1), 50, clock),
        new DeliverySettings.Retry(
            List.of(Duration.ofSeconds(30)), Duration.ofMinutes(10), Duration.ofDays(1)),
        pressure,
        clock);
  }
}
