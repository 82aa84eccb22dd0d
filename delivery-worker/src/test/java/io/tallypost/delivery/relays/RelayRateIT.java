package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.tallypost.delivery.smtp.FixedMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mail that waits for its relay's rate. */
@Timeout(30)
class RelayRateIT extends GuardedRelays {
  private static final Class<RelayAnswer.Made> MADE = RelayAnswer.Made.class;
  private static final Class<RelayAnswer.BrokenOff> BROKEN_OFF = RelayAnswer.BrokenOff.class;

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

  /** A minute's rate is soon gone, and the relay is well again. */
  @Test
  void takesNothingOfItsRateForMailThatFindsItStuck() {
    sink.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    try (GuardedRelay slow = guarded(sink, 100, pressure, breaker, new SendingRate(null, 3))) {
      CompletableFuture<RelayAnswer> hangs = send(slow, TERMS, BOB);
      await().until(() -> sink.connections() == 1);
      CompletableFuture<RelayAnswer> waits = send(slow, TERMS, BOB);
      await().until(() -> slow.usage().waiting() == 1);
      stalled = true;
      assertThat(waits.join()).matches(RelayRateIT::isSaturated);
      stalled = false;

      for (int i = 0; i < 5; i++) {
        assertThat(send(slow, TERMS, BOB).join()).matches(RelayRateIT::isSaturated);
      }
      sink.follow(stage -> SmtpAnswer.accept());
      guards.forEach(SendGuard::breakOff);
      assertThat(hangs.join()).isInstanceOf(BROKEN_OFF);

      assertThat(send(slow, TERMS, BOB).join()).isInstanceOf(MADE);
    }
  }

  private static boolean isSaturated(RelayAnswer relayAnswer) {
    return relayAnswer instanceof RelayAnswer.NotNow notNow && notNow.reason() == Reason.SATURATED;
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
}
