package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.smtp.FixedMail;
import io.tallypost.delivery.smtp.Handling;
import io.tallypost.delivery.smtp.Handling.Reason;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.SmtpRelay;
import io.tallypost.delivery.smtp.Timeouts;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A relay that hangs, with one connection and two places. */
@Timeout(30)
class GuardedRelayIT {
  private static final int PLACES = 2;
  private static final Relay.Terms TERMS =
      new Relay.Terms(1, new TenantId("acme"), Lane.TRANSACTIONAL, false, false);
  private static final Relay.Terms LAST_CHANCE =
      new Relay.Terms(1, new TenantId("acme"), Lane.TRANSACTIONAL, true, false);

  private final SmtpSink sink = SmtpSink.start();
  private final CircuitBreaker breaker = CircuitBreaker.ofDefaults("guarded");
  private final GuardedRelay relay = guarded(sink, PLACES, this::isStalled, breaker);
  private final List<SendGuard> guards = new ArrayList<>();
  private volatile boolean stalled;

  @AfterEach
  void close() {
    guards.forEach(SendGuard::abandon);
    relay.close();
    sink.close();
  }

  @Test
  void makesRoomWhenTheWindowHasStalledButForWhatItIsAsking() {
    List<CompletableFuture<Handling>> mails = hang(PLACES);

    stalled = true;

    await().until(() -> mails.stream().filter(CompletableFuture::isDone).count() == 1);
    assertThat(mails.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
        .allMatch(GuardedRelayIT::isSaturated);
  }

  @Test
  void letsNoMailWaitUntilItAnswersOnceMailHadToMakeRoom() {
    List<CompletableFuture<Handling>> mails = hang(PLACES);
    stalled = true;
    await().until(() -> mails.stream().anyMatch(CompletableFuture::isDone));
    stalled = false;

    assertThat(send().join()).matches(GuardedRelayIT::isSaturated);

    sink.follow(stage -> SmtpAnswer.accept());
    guards.forEach(SendGuard::breakOff);
    await().until(() -> mails.stream().allMatch(CompletableFuture::isDone));
    assertThat(send().join()).isInstanceOf(Handling.Made.class);
    assertThat(List.of(send(), send()).stream().map(CompletableFuture::join))
        .allMatch(Handling.Made.class::isInstance);
  }

  /** A mail at its maximum age for which the breaker is not asked must not end by it. */
  @Test
  void saysThatItIsBusyWhereAMailMakesRoomThatMustBeTried() {
    hang(1);
    CompletableFuture<Handling> last = send(LAST_CHANCE);
    await().until(() -> relay.usage().waiting() == 1);

    breaker.transitionToOpenState();
    stalled = true;

    assertThat(last.join()).matches(GuardedRelayIT::isSaturated);
  }

  private static boolean isSaturated(Handling handling) {
    return handling instanceof Handling.NotNow notNow && notNow.reason() == Reason.SATURATED;
  }

  @Test
  void takesNoMoreThanItsPlaces() {
    hang(PLACES);

    assertThat(send().join()).matches(GuardedRelayIT::isSaturated);
  }

  @Test
  void hasItsPlacesBackWhenMailHasGone() {
    for (int i = 0; i < 3 * PLACES; i++) {
      assertThat(send().join()).isInstanceOf(Handling.Made.class);
    }
  }

  private List<CompletableFuture<Handling>> hang(int mails) {
    sink.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    List<CompletableFuture<Handling>> sent = new ArrayList<>();
    for (int i = 0; i < mails; i++) {
      sent.add(send());
    }
    await()
        .during(Duration.ofMillis(500))
        .until(() -> sink.connections() == 1 && sent.stream().noneMatch(CompletableFuture::isDone));
    return sent;
  }

  private CompletableFuture<Handling> send() {
    return send(TERMS);
  }

  private CompletableFuture<Handling> send(Relay.Terms terms) {
    var guard = new SendGuard();
    guards.add(guard);
    var mail =
        new FixedMail(
            new Envelope(ALICE, List.of(BOB)), "Subject: hello\r\n\r\nhi\r\n".getBytes(US_ASCII));
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return relay.handle(mail, terms, guard);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }

  private boolean isStalled() {
    return stalled;
  }

  /** A relay with one connection. */
  static GuardedRelay guarded(SmtpSink sink, int places, Pressure pressure) {
    return guarded(sink, places, pressure, CircuitBreaker.ofDefaults("guarded"));
  }

  private static GuardedRelay guarded(
      SmtpSink sink, int places, Pressure pressure, CircuitBreaker breaker) {
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
    var clock = InstantSource.system();
    var tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
    return new GuardedRelay(
        new SmtpRelay(settings, tls, HostLookup.ANYWHERE, clock, 50, SmtpPhases.UNHEARD),
        breaker,
        places,
        new Pace(SendingRate.UNLIMITED, 1),
        new DeliverySettings.Retry(
            List.of(Duration.ofSeconds(30)), Duration.ofMinutes(10), Duration.ofDays(1)),
        pressure,
        clock);
  }
}
