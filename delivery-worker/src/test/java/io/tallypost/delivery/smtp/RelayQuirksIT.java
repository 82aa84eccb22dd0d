package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.FAILED;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Relays as they are in the wild: slow, odd, hostile or gone. */
@Timeout(30)
class RelayQuirksIT extends RelayConversations {

  @Test
  void sendsItsCommandsInOneGoWhereTheRelayTakesThem() {
    SmtpSink sink = sink();

    send(relay(sink), toMany(40));

    assertThat(sink.inbox().mails().getFirst().transaction().early()).isFalse();
    assertThat(sink.inbox().mails().getFirst().recipients()).hasSize(40);
  }

  @Test
  void waitsForEachAnswerWhereTheRelayDoesNotOfferPipelining() {
    SmtpSink sink = sink(SinkSettings.defaults().withCapabilities("8BITMIME"));

    assertThat(send(relay(sink), toMany(3)).fault()).isEqualTo(Fault.NONE);

    ReceivedMail mail = sink.inbox().mails().getFirst();
    assertThat(mail.transaction().early()).isFalse();
    assertThat(mail.transaction().parameters()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 554})
  void saysHeloWhereEhloIsRefused(int code) {
    SmtpSink sink = sink();
    sink.follow(stage ->
        stage instanceof SmtpStage.Hello(var _, var _, boolean extended) && extended
            ? SmtpAnswer.reply(code, "5.5.1 what")
            : SmtpAnswer.accept());

    assertThat(send(relay(sink)).fault()).isEqualTo(Fault.NONE);
    assertThat(sink.inbox().mails().getFirst().transaction().parameters()).isEmpty();
  }

  @Test
  void costsNoAttemptThatARelayEndedAnIdleConnection() {
    SmtpSink sink = sink(SinkSettings.defaults().withIdle(Duration.ofMillis(100)));
    SmtpRelay relay = relay(sink);
    for (int i = 1; i <= 3; i++) {
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
      await().until(() -> sink.openConnections() == 0);
    }

    assertThat(sink.connections()).isEqualTo(3);
    assertThat(sink.inbox().mails()).hasSize(3);
  }

  @Test
  void takesWhatWasSaidMeanwhileForNobodysAnswer() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept()
                .followedBy(SmtpAnswer.reply(250, "2.0.0 and this").after(Duration.ofMillis(50)))
            : SmtpAnswer.accept());
    SmtpRelay relay = relay(sink);
    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    sink.follow(stage ->
        stage instanceof SmtpStage.MailFrom
            ? SmtpAnswer.reply(550, "5.1.8 no")
            : SmtpAnswer.accept());

    await().pollDelay(Duration.ofMillis(200)).until(() -> true);

    assertThat(statuses(send(relay))).containsExactly(FAILED);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesUpAFrozenConnectionSoonAndWithoutAnAttempt(boolean checked) {
    SmtpSink sink = sink();
    SmtpRelay relay =
        relay(sink, "timeouts.check=200ms", "timeouts.open=300ms", "timeouts.command=200ms");
    send(relay);
    now = now.plusSeconds(checked ? 11 : 1);
    sink.freeze();

    AttemptResult frozen = send(relay);
    sink.thaw();
    AttemptResult thawed = send(relay);

    assertThat(frozen.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(thawed.fault()).isEqualTo(Fault.NONE);
    assertThat(sink.inbox().mails()).hasSize(2);
  }

  @Test
  void survivesARelayWhoseReplyNeverEnds() {
    for (SmtpAnswer endless : List.of(SmtpAnswer.endless(), SmtpAnswer.endlessLine())) {
      for (Class<? extends SmtpStage> stage :
          List.of(
              SmtpStage.Banner.class,
              SmtpStage.Hello.class,
              SmtpStage.MailFrom.class,
              SmtpStage.Data.class)) {
        SmtpSink sink = answering(stage, endless);

        assertThat(send(relay(sink)).fault()).isIn(Fault.RELAY_TEMPORARY, Fault.MESSAGE_TEMPORARY);
        assertThat(sink.endlessBytes()).isLessThan(100_000_000);
      }
      assertThat(send(relay(answering(SmtpStage.FinalDot.class, endless))).fault())
          .as("250 was said")
          .isEqualTo(Fault.NONE);
    }
  }

  @Test
  void canBeBrokenOffUntilTheDot() throws Exception {
    // A message of many blocks, to a relay that does not read on.
    byte[] large = "x".repeat(76).concat("\r\n").repeat(150_000).getBytes(US_ASCII);
    var reading = new CountDownLatch(1);
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Data) {
        reading.countDown();
        return SmtpAnswer.deaf();
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    var guard = new SendGuard();
    var sending =
        CompletableFuture.supplyAsync(
            () -> handle(relay, new FixedMail(TO_BOB, large), TERMS, guard));
    reading.await();

    guard.breakOff();

    assertThat(sending.get()).isInstanceOf(RelayAnswer.BrokenOff.class);
    assertThat(guard.isBrokenOff()).isTrue();
    assertThat(sink.inbox().mails()).isEmpty();
  }

  @Test
  void givesItsPlaceUpToOtherMailWhenTheRelayKeepsSilent() throws Exception {
    SmtpSink sink = answering(SmtpStage.Recipient.class, SmtpAnswer.mute());
    SmtpRelay relay = relay(sink, "timeouts.stall=200ms");
    var othersWait = new AtomicBoolean();
    var sending =
        CompletableFuture.supplyAsync(() ->
            handle(relay, new FixedMail(TO_BOB, MESSAGE), TERMS, new SendGuard(othersWait::get)));
    await().during(Duration.ofMillis(500)).until(() -> !sending.isDone());

    othersWait.set(true);

    assertThat(sending.get())
        .isInstanceOfSatisfying(
            RelayAnswer.NotNow.class,
            notNow -> assertThat(notNow.reason()).isEqualTo(RelayAnswer.Reason.STALLED));
  }

  /** Without another relay, all mail would only wait the longer for one that is merely slow. */
  @Test
  void givesItsConnectionUpToMailOfTheSameRelayWhereThereIsAnotherRelay() throws Exception {
    SmtpSink sink = answering(SmtpStage.MailFrom.class, SmtpAnswer.mute());
    SmtpRelay relay = relay(sink, "timeouts.stall=200ms", "max-connections=1");
    var mail = new FixedMail(TO_BOB, MESSAGE);
    var guard = new SendGuard();
    Executor threads = Thread::startVirtualThread;
    var sending = CompletableFuture.supplyAsync(() -> handle(relay, mail, TERMS, guard), threads);
    await().until(() -> sink.connections() == 1);
    var other = new SendGuard();
    var waiting = CompletableFuture.supplyAsync(() -> handle(relay, mail, TERMS, other), threads);
    await().until(() -> relay.usage().waiting() == 1);
    await().during(Duration.ofMillis(500)).until(() -> !sending.isDone());

    guard.hasAlternative(true);

    assertThat(sending.get())
        .isInstanceOfSatisfying(
            RelayAnswer.NotNow.class,
            notNow -> assertThat(notNow.reason()).isEqualTo(RelayAnswer.Reason.STALLED));
    // Nobody waits for this one's connection.
    other.hasAlternative(true);
    await().during(Duration.ofMillis(500)).until(() -> !waiting.isDone());
    other.breakOff();
    assertThat(waiting.get()).isInstanceOf(RelayAnswer.BrokenOff.class);
  }

  @Test
  void givesNoPlaceUpAfterTheDot() throws Exception {
    SmtpSink sink =
        answering(SmtpStage.FinalDot.class, SmtpAnswer.accept().after(Duration.ofMillis(800)));
    SmtpRelay relay = relay(sink, "timeouts.stall=100ms");

    assertThat(handle(relay, new FixedMail(TO_BOB, MESSAGE), TERMS, new SendGuard(() -> true)))
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(made.attemptResult().fault()).isEqualTo(Fault.NONE));
  }

  /** Each recipient may be looked up somewhere. */
  @Test
  void givesEachReplyItsWholeTimeUpToThatOfTheMail() {
    SmtpSink sink =
        answering(SmtpStage.Recipient.class, SmtpAnswer.accept().after(Duration.ofMillis(150)));

    AttemptResult patient = send(relay(sink, "timeouts.command=1s"), toMany(10));
    AttemptResult hasty =
        send(
            relay(
                sink,
                "timeouts.command=1s",
                "timeouts.before-dot=500ms",
                "timeouts.per-recipient=0s",
                "timeouts.per-10kb=0s"),
            toMany(10));

    assertThat(patient.fault()).isEqualTo(Fault.NONE);
    assertThat(hasty.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(hasty.results().getLast().error()).contains("in time");
    assertThat(sink.inbox().mails()).hasSize(1);
  }

  @Test
  void startsAtEachRelayWithItsWholeTime() {
    SmtpSink slow = answering(SmtpStage.Banner.class, SmtpAnswer.mute());
    SmtpSink well = sink();
    var guard = new SendGuard();
    var mail = new FixedMail(TO_BOB, MESSAGE);

    handle(relay(slow, "timeouts.open=200ms"), mail, TERMS, guard);
    RelayAnswer next = handle(relay(well), mail, TERMS, guard);

    assertThat(next)
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(made.attemptResult().fault()).isEqualTo(Fault.NONE));
  }

  @Test
  void sendsAnEmptyMessageToARelayThatWaitsForOneThoughItTookNobody() {
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Recipient) {
        return SmtpAnswer.reply(550, "5.1.1 no such user");
      }
      return stage instanceof SmtpStage.Data ? SmtpAnswer.reply(354, "go on") : SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);

    assertThat(statuses(send(relay, toMany(2)))).containsOnly(FAILED);

    assertThat(sink.inbox().mails())
        .allMatch(mail -> mail.recipients().isEmpty() && mail.size() == 0);
    sink.follow(stage -> SmtpAnswer.accept());
    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    assertThat(sink.connections()).isEqualTo(1);
  }

  @Test
  void tellsTheSizeAndFailsBeforeAnythingIsSent() {
    SmtpSink sink = sink(SinkSettings.defaults().withMaxMessageBytes(10));

    AttemptResult attemptResult = send(relay(sink));

    assertThat(attemptResult.fault()).isEqualTo(Fault.MESSAGE_PERMANENT);
    assertThat(attemptResult.results().getFirst().reply())
        .extracting(SmtpReply::code)
        .isEqualTo(552);
    assertThat(sink.inbox().mails()).isEmpty();
  }

  @Test
  void handsOverEachOctetOfALargeMessage() {
    byte[] large = ".".repeat(3).concat("\r\n..\r\nword\r\n").repeat(20_000).getBytes(US_ASCII);
    SmtpSink sink = sink();

    handle(relay(sink), new FixedMail(TO_BOB, large), TERMS, new SendGuard());

    assertThat(sink.inbox().mails())
        .singleElement()
        .matches(mail -> Arrays.equals(mail.raw(), large));
  }
}
