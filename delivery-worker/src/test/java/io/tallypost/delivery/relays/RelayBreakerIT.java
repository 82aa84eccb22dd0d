package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.NotNow;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a relay's breaker learns, and whom it lets through. */
@Timeout(30)
class RelayBreakerIT extends GuardedRelays {
  private static final Class<RelayAnswer.Made> MADE = RelayAnswer.Made.class;

  private volatile Duration later = Duration.ZERO;

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

  /** One tenant's mail must not park that of all others who use the relay. */
  @ParameterizedTest
  @ValueSource(ints = {421, 450, 451, 530, 535, 550})
  void countsNoAnswerAboutOneMail(int code) {
    List<Class<? extends SmtpStage>> stages =
        List.of(SmtpStage.Recipient.class, SmtpStage.Data.class, SmtpStage.FinalDot.class);
    for (Class<? extends SmtpStage> about : stages) {
      sink.follow(stage ->
          about.isInstance(stage) ? SmtpAnswer.reply(code, "not this one") : SmtpAnswer.accept());

      assertThat(send().join()).isInstanceOf(MADE);
    }

    assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isZero();
    assertThat(breaker.getMetrics().getNumberOfSuccessfulCalls()).isEqualTo(stages.size());
  }

  /** Or that wants a login before it hears of any recipient. */
  @ParameterizedTest
  @ValueSource(ints = {421, 530})
  void countsARelayThatTakesNoMailAtAll(int code) {
    int failed = 0;
    for (Class<? extends SmtpStage> at :
        List.of(SmtpStage.MailFrom.class, SmtpStage.Hello.class, SmtpStage.Banner.class)) {
      sink.hangUp();
      sink.follow(
          stage -> at.isInstance(stage) ? SmtpAnswer.reply(code, "not now") : SmtpAnswer.accept());

      assertThat(send().join()).isInstanceOf(MADE);

      assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isEqualTo(++failed);
    }
  }

  @Test
  void countsConnectionsThatBreakAndAnswersThatStayAway() {
    int failed = 0;
    for (Class<? extends SmtpStage> at :
        List.of(SmtpStage.Recipient.class, SmtpStage.Data.class, SmtpStage.FinalDot.class)) {
      sink.follow(stage -> at.isInstance(stage) ? SmtpAnswer.reset() : SmtpAnswer.accept());

      assertThat(send().join()).isInstanceOf(MADE);

      assertThat(breaker.getMetrics().getNumberOfFailedCalls()).isEqualTo(++failed);
    }
  }

  @Test
  void learnsNothingFromAFailureOfOurOwn() throws Exception {
    var broken =
        new OutgoingMail() {
          @Override
          public Envelope envelope() {
            return new Envelope(ALICE, List.of(BOB));
          }

          @Override
          public byte[] message() {
            throw new IllegalStateException("broken");
          }

          @Override
          public boolean headerNeedsSmtpUtf8() {
            return false;
          }
        };

    assertThat(relay.handle(broken, TERMS, new SendGuard())).isInstanceOf(MADE);

    assertThat(breaker.getMetrics().getNumberOfBufferedCalls()).isZero();
  }

  /** Or whose mail waits long for one of its connections. */
  @Test
  void opensForNoRelayThatIsOnlySlow() {
    var patient =
        CircuitBreaker.of(
            "slow",
            CircuitBreakerConfig.custom()
                .slowCallDurationThreshold(Duration.ofMillis(1))
                .minimumNumberOfCalls(10)
                .permittedNumberOfCallsInHalfOpenState(3)
                .build());
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(5))
            : SmtpAnswer.accept());
    try (GuardedRelay slow = guarded(sink, PLACES, NONE, patient)) {
      for (int i = 0; i < 10; i++) {
        assertThat(send(slow, TERMS, BOB).join()).isInstanceOf(MADE);
      }
      assertThat(patient.getState()).isEqualTo(CircuitBreaker.State.CLOSED);

      patient.transitionToOpenState();
      patient.transitionToHalfOpenState();
      for (int i = 0; i < 3; i++) {
        assertThat(send(slow, TERMS, BOB).join()).isInstanceOf(MADE);
      }
      assertThat(patient.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
    }
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
      assertThat(send(tried, TERMS, BOB).join()).matches(RelayBreakerIT::isLeftInPeace);
      assertThat(halfOpen.getState()).isEqualTo(CircuitBreaker.State.HALF_OPEN);

      later = Duration.ofMinutes(3);
      assertThat(send(tried, TERMS, BOB).join()).matches(RelayBreakerIT::isLeftInPeace);

      assertThat(halfOpen.getState()).as("it begins anew").isEqualTo(CircuitBreaker.State.OPEN);
      assertThat(hung).isNotDone();
    }
  }

  private static boolean isLeftInPeace(RelayAnswer relayAnswer) {
    return relayAnswer instanceof NotNow notNow && notNow.reason() == Reason.BREAKER_OPEN;
  }
}
