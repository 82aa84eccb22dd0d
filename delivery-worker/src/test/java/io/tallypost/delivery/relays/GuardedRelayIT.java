package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.rate.Pace;
import io.tallypost.delivery.rate.RateQueue;
import io.tallypost.delivery.smtp.FixedMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.NotNow;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.delivery.smtp.SmtpRelay;
import io.tallypost.delivery.smtp.Timeouts;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
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

  private static final Pressure NONE = pressure(() -> false, () -> false);

  private static final Class<RelayAnswer.Made> MADE = RelayAnswer.Made.class;
  private static final Class<RelayAnswer.BrokenOff> BROKEN_OFF = RelayAnswer.BrokenOff.class;

  private final SmtpSink sink = SmtpSink.start();
  private final CircuitBreaker breaker = CircuitBreaker.ofDefaults("guarded");
  private final GuardedRelay relay =
      guarded(sink, PLACES, pressure(this::isStalled, this::isShareUsed), breaker);
  private final List<SendGuard> guards = new ArrayList<>();
  private volatile boolean stalled;
  private volatile boolean shareUsed;
  private volatile Duration later = Duration.ZERO;

  @AfterEach
  void close() {
    guards.forEach(SendGuard::abandon);
    relay.close();
    sink.close();
  }

  @Test
  void makesRoomWhenTheWindowHasStalledButForWhatItIsAsking() {
    List<CompletableFuture<RelayAnswer>> mails = hang(PLACES);

    stalled = true;

    await().until(() -> mails.stream().filter(CompletableFuture::isDone).count() == 1);
    assertThat(mails.stream().filter(CompletableFuture::isDone).map(CompletableFuture::join))
        .allMatch(GuardedRelayIT::isSaturated);
  }

  @Test
  void letsNoMailWaitUntilItAnswersOnceMailHadToMakeRoom() {
    List<CompletableFuture<RelayAnswer>> mails = hang(PLACES);
    stalled = true;
    await().until(() -> mails.stream().anyMatch(CompletableFuture::isDone));
    stalled = false;

    assertThat(send().join()).matches(GuardedRelayIT::isSaturated);

    sink.follow(stage -> SmtpAnswer.accept());
    guards.forEach(SendGuard::breakOff);
    await().until(() -> mails.stream().allMatch(CompletableFuture::isDone));
    assertThat(send().join()).isInstanceOf(RelayAnswer.Made.class);
    assertThat(List.of(send(), send()).stream().map(CompletableFuture::join))
        .allMatch(RelayAnswer.Made.class::isInstance);
  }

  /** A mail at its maximum age for which the breaker is not asked must not end by it. */
  @Test
  void saysThatItIsBusyWhereAMailMakesRoomThatMustBeTried() {
    hang(1);
    CompletableFuture<RelayAnswer> last = send(LAST_CHANCE);
    await().until(() -> relay.usage().waiting() == 1);

    breaker.transitionToOpenState();
    stalled = true;

    assertThat(last.join()).matches(GuardedRelayIT::isSaturated);
  }

  private static boolean isSaturated(RelayAnswer relayAnswer) {
    return relayAnswer instanceof RelayAnswer.NotNow notNow && notNow.reason() == Reason.SATURATED;
  }

  @Test
  void takesNoMoreThanItsPlaces() {
    hang(PLACES);

    assertThat(send().join()).matches(GuardedRelayIT::isSaturated);
  }

  @Test
  void hasItsPlacesBackWhenMailHasGone() {
    for (int i = 0; i < 3 * PLACES; i++) {
      assertThat(send().join()).isInstanceOf(RelayAnswer.Made.class);
    }
  }

  @Test
  void letsTransactionalMailGoBeforeBulkMailThatWaitsForItsRate() {
    try (GuardedRelay paced = paced(10)) {
      List<CompletableFuture<RelayAnswer>> campaign = crowd(paced, "campaign", Lane.BULK);
      long before = sink.inbox().received();

      List<CompletableFuture<RelayAnswer>> urgent =
          IntStream.range(0, 3)
              .mapToObj(i -> send(paced, "urgent" + i, terms("shop", Lane.TRANSACTIONAL)))
              .toList();

      assertThat(urgent).allSatisfy(mail -> assertThat(mail.join()).isInstanceOf(MADE));
      // One of the campaign's has its turn already.
      assertThat(othersBeforeTheLast("urgent")).isLessThanOrEqualTo(before + 2);
      assertThat(campaign).allSatisfy(mail -> assertThat(mail.join()).isNotNull());
    }
  }

  @Test
  void letsTenantsTakeTurnsAmongWhatWaitsForItsRate() {
    try (GuardedRelay paced = paced(10)) {
      List<CompletableFuture<RelayAnswer>> loud = crowd(paced, "loud", Lane.TRANSACTIONAL);
      long before = sink.inbox().received();

      List<CompletableFuture<RelayAnswer>> quiet =
          IntStream.range(0, 3)
              .mapToObj(i -> send(paced, "quiet" + i, terms("shop", Lane.TRANSACTIONAL)))
              .toList();

      assertThat(quiet).allSatisfy(mail -> assertThat(mail.join()).isInstanceOf(MADE));
      assertThat(othersBeforeTheLast("quiet")).isLessThanOrEqualTo(before + 5);
      assertThat(loud).allSatisfy(mail -> assertThat(mail.join()).isNotNull());
    }
  }

  @Test
  void canBreakOffMailThatWaitsForItsRateWhereverItStandsInTheLine() {
    try (GuardedRelay paced = paced(1)) {
      List<CompletableFuture<RelayAnswer>> mails =
          IntStream.range(0, 20)
              .mapToObj(i -> send(paced, "m" + i, terms("acme", Lane.BULK)))
              .toList();
      await().until(() -> sink.inbox().received() >= 1);

      guards.forEach(SendGuard::breakOff);

      await()
          .atMost(Duration.ofMillis(800))
          .until(() -> mails.stream().allMatch(CompletableFuture::isDone));
      assertThat(mails.stream().map(CompletableFuture::join).filter(BROKEN_OFF::isInstance))
          .hasSizeGreaterThan(15);
    }
  }

  /** Sixty mails, of which ten have gone, and the rest waits. */
  private List<CompletableFuture<RelayAnswer>> crowd(GuardedRelay paced, String name, Lane lane) {
    List<CompletableFuture<RelayAnswer>> crowd =
        IntStream.range(0, 60).mapToObj(i -> send(paced, name + i, terms(name, lane))).toList();
    await().until(() -> sink.inbox().received() >= 10);
    return crowd;
  }

  private long othersBeforeTheLast(String name) {
    List<String> recipients =
        sink.inbox().mails().stream().map(mail -> mail.recipients().getFirst()).toList();
    int last =
        IntStream.range(0, recipients.size())
            .filter(i -> recipients.get(i).startsWith(name))
            .max()
            .orElseThrow();
    return recipients.stream().limit(last).filter(one -> !one.startsWith(name)).count();
  }

  private static Relay.Terms terms(String tenant, Lane lane) {
    return new Relay.Terms(1, new TenantId(tenant), lane, false, false);
  }

  private GuardedRelay paced(int perSecond) {
    return guarded(sink, 100, NONE, breaker, new SendingRate(perSecond, null));
  }

  /** Its breaker counts what a relay does, and not what we do. */
  @Test
  void learnsNothingFromWhatWasBrokenOffFromOutside() {
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.MailFrom(var session, var _) && session.accepted() == 1) {
        return SmtpAnswer.mute();
      }
      return stage instanceof SmtpStage.Recipient(var session, var _)
              && session.recipients().size() >= 1
          ? SmtpAnswer.reply(452, "4.5.3 too many recipients")
          : SmtpAnswer.accept();
    });
    CompletableFuture<RelayAnswer> mail = send(relay, TERMS, BOB, ALICE);
    await().until(() -> sink.inbox().received() == 1);

    guards.forEach(SendGuard::breakOff);

    assertThat(mail.join()).isInstanceOf(MADE);
    assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isZero();
  }

  @Test
  void learnsNothingFromADotThatWasAbandoned() {
    var atDot = new AtomicBoolean();
    sink.follow(stage -> {
      atDot.compareAndSet(false, stage instanceof SmtpStage.FinalDot);
      return stage instanceof SmtpStage.FinalDot ? SmtpAnswer.mute() : SmtpAnswer.accept();
    });
    var dot = send();
    await().untilTrue(atDot);

    guards.forEach(SendGuard::abandon);

    assertThat(dot.join()).isNotNull();
    assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isZero();
  }

  @Test
  void paysItsRateOnceForAMailThatSettlesForAscii() throws Exception {
    var mail =
        new FixedMail(
            new Envelope(ALICE, List.of(BOB, new EmailAddress("grüße@example.org"))),
            "Subject: hello\r\n\r\nhi\r\n".getBytes(US_ASCII));
    try (var ascii = SmtpSink.start(SinkSettings.defaults().withCapabilities("PIPELINING"));
        var slow =
            guarded(
                ascii, PLACES, NONE, CircuitBreaker.ofDefaults("slow"), new SendingRate(null, 1))) {
      RelayAnswer first = slow.handle(mail, TERMS, new SendGuard());
      RelayAnswer last = slow.handle(mail, TERMS.settlingForAscii(), new SendGuard());
      RelayAnswer next = slow.handle(mail, TERMS, new SendGuard());

      assertThat(first)
          .isInstanceOfSatisfying(
              RelayAnswer.Made.class,
              made -> assertThat(made.attemptResult().mayGoElsewhere()).isTrue());
      assertThat(last)
          .isInstanceOfSatisfying(
              RelayAnswer.Made.class,
              made ->
                  assertThat(made.attemptResult().results())
                      .extracting(RecipientResult::status)
                      .containsExactly(Status.DELIVERED, Status.FAILED));
      assertThat(next)
          .as("the rate itself holds")
          .isInstanceOfSatisfying(
              RelayAnswer.NotNow.class,
              notNow -> assertThat(notNow.reason()).isEqualTo(Reason.RATE_LIMITED));
      assertThat(ascii.inbox().mails()).hasSize(1);
    }
  }

  private List<CompletableFuture<RelayAnswer>> hang(int mails) {
    sink.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    List<CompletableFuture<RelayAnswer>> sent = new ArrayList<>();
    for (int i = 0; i < mails; i++) {
      sent.add(send());
    }
    await()
        .during(Duration.ofMillis(500))
        .until(() -> sink.connections() == 1 && sent.stream().noneMatch(CompletableFuture::isDone));
    return sent;
  }

  /** Such as one of a name's machines that is frozen, while the others are well. */
  @Test
  void triesAnewWhereATrialHangs() {
    var halfOpen =
        CircuitBreaker.of(
            "trial",
            CircuitBreakerConfig.custom().permittedNumberOfCallsInHalfOpenState(1).build());
    halfOpen.transitionToOpenState();
    halfOpen.transitionToHalfOpenState();
    try (GuardedRelay tried =
        guarded(
            sink, PLACES, NONE, halfOpen, SendingRate.UNLIMITED, () -> Instant.now().plus(later))) {
      sink.follow(_ -> SmtpAnswer.mute());
      var hung = send(tried, TERMS, BOB);
      await().until(() -> sink.connections() == 1);
      assertThat(send(tried, TERMS, BOB).join()).matches(GuardedRelayIT::isLeftInPeace);
      assertThat(halfOpen.getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);

      later = Duration.ofMinutes(3);
      assertThat(send(tried, TERMS, BOB).join()).matches(GuardedRelayIT::isLeftInPeace);

      assertThat(halfOpen.getState()).as("it begins anew").isEqualTo(CircuitBreaker.State.OPEN);
      assertThat(hung).isNotDone();
    }
  }

  private static boolean isLeftInPeace(RelayAnswer relayAnswer) {
    return relayAnswer instanceof NotNow notNow && notNow.reason() == Reason.BREAKER_OPEN;
  }

  /** Large mail may use its relay's memory up, and then none waits for a connection. */
  @Test
  void bringsMailBackAtTheSpeedOfMailWhoseShareIsUsed() {
    send().join();
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(200))
            : SmtpAnswer.accept());
    shareUsed = true;
    for (int i = 0; i < 6; i++) {
      send().join();
    }

    Instant last = Instant.MIN;
    for (int i = 0; i < 50; i++) {
      last = relay.park(new NotNow(Reason.SATURATED, null), TERMS).freeAt();
    }

    assertThat(last).isAfter(Instant.now().plusSeconds(5));
  }

  private CompletableFuture<RelayAnswer> send() {
    return send(TERMS);
  }

  private CompletableFuture<RelayAnswer> send(Relay.Terms terms) {
    return send(relay, terms, BOB);
  }

  private CompletableFuture<RelayAnswer> send(GuardedRelay to, String name, Relay.Terms terms) {
    return send(to, terms, new EmailAddress(name + "@example.org"));
  }

  private CompletableFuture<RelayAnswer> send(
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

  private static GuardedRelay guarded(
      SmtpSink sink, int places, Pressure pressure, CircuitBreaker breaker) {
    return guarded(sink, places, pressure, breaker, SendingRate.UNLIMITED);
  }

  private static GuardedRelay guarded(
      SmtpSink sink, int places, Pressure pressure, CircuitBreaker breaker, SendingRate rate) {
    return guarded(sink, places, pressure, breaker, rate, InstantSource.system());
  }

  private static GuardedRelay guarded(
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
