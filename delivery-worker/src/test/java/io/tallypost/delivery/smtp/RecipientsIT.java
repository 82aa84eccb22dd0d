package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSession;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which recipients a relay takes, and in how many goes. */
@Timeout(30)
class RecipientsIT extends RelayConversations {

  @Test
  void deliversToNobodyWhoWasNotAcceptedWhateverBecameOfTheOthers() {
    for (int code : List.of(530, 534, 535, 538, 550, 451, 452, 354)) {
      SmtpSink sink = sink();
      sink.follow(stage ->
          stage instanceof SmtpStage.Recipient(var _, var address) && address.startsWith("r1@")
              ? SmtpAnswer.raw(code, code + " not this one\r\n")
              : SmtpAnswer.accept());

      AttemptResult attemptResult = send(relay(sink), toMany(3));

      assertThat(statuses(attemptResult)).as("%d", code).startsWith(DELIVERED).endsWith(DELIVERED);
      assertThat(statuses(attemptResult).get(1))
          .as("%d", code)
          .isEqualTo(code == 550 ? FAILED : DEFERRED);
    }
  }

  @Test
  void sendsInFurtherTransactionsWhatIsTooManyForOne() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        stage instanceof SmtpStage.Recipient(var session, var _)
                && session.recipients().size() >= 10
            ? SmtpAnswer.reply(session.accepted() % 2 == 0 ? 452 : 552, "4.5.3 too many recipients")
            : SmtpAnswer.accept());

    AttemptResult attemptResult = send(relay(sink), toMany(25));

    assertThat(attemptResult.fault()).isEqualTo(Fault.NONE);
    assertThat(statuses(attemptResult)).hasSize(25).containsOnly(DELIVERED);
    assertThat(sink.inbox().mails())
        .extracting(mail -> mail.recipients().size())
        .containsExactly(10, 10, 5);
    assertThat(sink.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "452, 4.2.2, DEFERRED",
    "552, 5.2.2, FAILED",
    "450, 4.5.3, DEFERRED",
    "451, 4.5.3, DEFERRED"
  })
  void asksOnceForARecipientWhoIsNotOneTooMany(int code, String enhanced, String status) {
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Recipient(var _, var address) && address.startsWith("r1@")) {
        asked.incrementAndGet();
        return SmtpAnswer.reply(code, enhanced + " no");
      }
      return SmtpAnswer.accept();
    });

    AttemptResult attemptResult = send(relay(sink), toMany(2));

    assertThat(asked).hasValue(1);
    assertThat(statuses(attemptResult).getLast()).hasToString(status);
  }

  @Test
  void asksNotAgainWhereNobodyWasTaken() {
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Recipient) {
        asked.incrementAndGet();
        return SmtpAnswer.reply(452, "4.5.3 too many");
      }
      return SmtpAnswer.accept();
    });

    assertThat(statuses(send(relay(sink), toMany(3)))).containsOnly(DEFERRED);
    assertThat(asked).hasValue(3);
  }

  @Test
  void remembersAfterHowManyRecipientsARelayHangsUp() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        stage instanceof SmtpStage.Recipient(var session, var _) && session.recipients().size() >= 4
            ? SmtpAnswer.reply(421, "4.7.0 too many").thenClose()
            : SmtpAnswer.accept());
    SmtpRelay relay = relay(sink);

    assertThat(statuses(send(relay, toMany(9)))).hasSize(9).containsOnly(DELIVERED);
    assertThat(sink.connections()).isEqualTo(2);
    assertThat(statuses(send(relay, toMany(9)))).hasSize(9).containsOnly(DELIVERED);
    assertThat(sink.connections()).as("it knows by now").isEqualTo(2);
  }

  static Stream<SmtpAnswer> endsOfAConnection() {
    return Stream.of(
        SmtpAnswer.close(),
        SmtpAnswer.mute(),
        SmtpAnswer.reply(421, "4.7.0 not this one").thenClose(),
        SmtpAnswer.reply(450, "4.7.0 not this one").thenClose());
  }

  /** A relay that always breaks off at one recipient keeps the mail from that one only. */
  @ParameterizedTest
  @MethodSource("endsOfAConnection")
  void handsOverToThoseWhoWereTakenBeforeTheRelayBrokeOff(SmtpAnswer end) {
    SmtpSink sink = sink();
    sink.follow(stage ->
        stage instanceof SmtpStage.Recipient(var _, var address) && address.startsWith("r2@")
            ? end
            : SmtpAnswer.accept());

    AttemptResult attemptResult = send(relay(sink, "timeouts.command=500ms"), toMany(4));

    assertThat(statuses(attemptResult)).containsExactly(DELIVERED, DELIVERED, DEFERRED, DEFERRED);
    assertThat(sink.inbox().mails()).hasSize(1);
  }

  /** Such as Postfix after 20 unknown users: one tenant's list must not slow down all others. */
  @Test
  void tellsTooManyErrorsFromTooManyRecipients() {
    SmtpSink sink = sink();
    sink.follow(new HardErrorLimit());
    SmtpRelay relay = relay(sink);

    AttemptResult attemptResult = send(relay, toMany(21));

    assertThat(statuses(attemptResult)).startsWith(DELIVERED);
    assertThat(statuses(attemptResult).subList(1, 21)).containsOnly(FAILED);
    sink.follow(stage -> SmtpAnswer.accept());
    sink.inbox().clear();
    assertThat(statuses(send(relay, toMany(9)))).containsOnly(DELIVERED);
    assertThat(sink.inbox().mails()).hasSize(1);
  }

  /** Knows the first recipient only, and ends a connection with 20 errors. */
  private static final class HardErrorLimit implements SmtpScript {
    private final Map<SmtpSession, Integer> errors = new ConcurrentHashMap<>();

    @Override
    public SmtpAnswer answer(SmtpStage stage) {
      if (!(stage instanceof SmtpStage.Recipient(var session, var address))
          || address.startsWith("r0@")) {
        return SmtpAnswer.accept();
      }
      return errors.merge(session, 1, Integer::sum) >= 20
          ? SmtpAnswer.reply(421, "4.7.0 Error: too many errors").thenClose()
          : SmtpAnswer.reply(550, "5.1.1 no such user");
    }
  }

  /** A relay that is stopped says 421 wherever it is. */
  @Test
  void forgetsSoonWhatHappenedOnce() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink);
    SmtpScript twoAtATime = stage -> hangsUpAfter(2, stage);
    SmtpScript well = stage -> SmtpAnswer.accept();
    sink.follow(twoAtATime);
    send(relay, toMany(4));
    sink.follow(well);
    now = now.plusSeconds(61);

    assertThat(transactions(sink, relay)).as("after it happened once").isEqualTo(1);

    sink.follow(twoAtATime);
    send(relay, toMany(4));
    sink.follow(well);
    now = now.plusSeconds(3_599);
    assertThat(transactions(sink, relay)).as("after it happened again").isEqualTo(2);
    now = now.plusSeconds(2);
    assertThat(transactions(sink, relay)).as("an hour later").isEqualTo(1);
  }

  private static int transactions(SmtpSink sink, SmtpRelay relay) {
    sink.inbox().clear();
    assertThat(statuses(send(relay, toMany(4)))).containsOnly(DELIVERED);
    return sink.inbox().mails().size();
  }

  private static SmtpAnswer hangsUpAfter(int recipients, SmtpStage stage) {
    return stage instanceof SmtpStage.Recipient(var session, var _)
            && session.recipients().size() >= recipients
        ? SmtpAnswer.reply(421, "4.5.3 too many").thenClose()
        : SmtpAnswer.accept();
  }

  @Test
  void hasADoubtForEachTransactionOfItsOwn() {
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Recipient(var session, var _)
          && session.recipients().size() >= 2) {
        return SmtpAnswer.reply(452, "4.5.3 too many recipients");
      }
      return stage instanceof SmtpStage.FinalDot(var session, var _) && session.accepted() == 1
          ? SmtpAnswer.close()
          : SmtpAnswer.accept();
    });

    AttemptResult attemptResult = send(relay(sink), toMany(6));

    assertThat(attemptResult.fault()).isEqualTo(Fault.IN_DOUBT);
    assertThat(attemptResult.mayGoElsewhere()).isFalse();
    assertThat(statuses(attemptResult))
        .containsExactly(DELIVERED, DELIVERED, DEFERRED, DEFERRED, DEFERRED, DEFERRED);
  }

  /** A relay that takes one at a time and thinks for minutes would have a place for hours. */
  @Test
  void beginsNoFurtherTransactionAfterTheLongestTimeOfOne() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(1200))
            : tooManyFor(1, stage));

    AttemptResult attemptResult =
        send(
            relay(
                sink,
                "timeouts.command=1s",
                "timeouts.data=1s",
                "timeouts.block=1s",
                "timeouts.before-dot=1s",
                "timeouts.longest-before-dot=1s",
                "timeouts.dot=2s"),
            toMany(6));

    assertThat(statuses(attemptResult)).startsWith(DELIVERED).endsWith(DEFERRED, DEFERRED);
    assertThat(sink.inbox().mails()).hasSizeBetween(1, 3);
  }

  @Test
  void leavesAWorkingRelayAloneWhenAFurtherTransactionFails() {
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Banner(var _) && sink.connections() > 1) {
        return SmtpAnswer.reply(421, "4.3.2 later").thenClose();
      }
      return stage instanceof SmtpStage.Recipient(var session, var _)
              && session.recipients().size() >= 2
          ? SmtpAnswer.reply(452, "4.5.3 too many recipients")
          : SmtpAnswer.accept();
    });

    AttemptResult attemptResult = send(relay(sink, "messages-per-connection=1"), toMany(3));

    assertThat(statuses(attemptResult)).containsExactly(DELIVERED, DELIVERED, DEFERRED);
    // Another relay would send to the first two once more.
    assertThat(attemptResult.mayGoElsewhere()).isFalse();
  }

  /** The relay has done nothing wrong. */
  @Test
  void blamesNoRelayWhereAFurtherTransactionWasBrokenOff() throws Exception {
    SmtpSink sink = sink();
    var waits = new CountDownLatch(1);
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.MailFrom(var session, var _) && session.accepted() == 1) {
        waits.countDown();
        return SmtpAnswer.mute();
      }
      return tooManyFor(2, stage);
    });
    var guard = new SendGuard();
    SmtpRelay relay = relay(sink);
    var sending = CompletableFuture.supplyAsync(() -> trySend(relay, toMany(5), guard));
    assertThat(waits.await(10, SECONDS)).isTrue();

    guard.breakOff();

    assertHandedOver(Objects.requireNonNull(sending.get()));
  }

  @Test
  void saysThatTheRestWasHandedOverWhereItWasBrokenOffAtTheDot() throws Exception {
    SmtpSink sink = sink();
    var waits = new CountDownLatch(1);
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.FinalDot) {
        waits.countDown();
        return SmtpAnswer.accept().after(Duration.ofMillis(500));
      }
      return tooManyFor(2, stage);
    });
    var guard = new SendGuard();
    SmtpRelay relay = relay(sink);
    var sending = CompletableFuture.supplyAsync(() -> trySend(relay, toMany(5), guard));
    assertThat(waits.await(10, SECONDS)).isTrue();

    guard.breakOff();

    assertHandedOver(Objects.requireNonNull(sending.get()));
  }

  private static SmtpAnswer tooManyFor(int recipients, SmtpStage stage) {
    return stage instanceof SmtpStage.Recipient(var session, var _)
            && session.recipients().size() >= recipients
        ? SmtpAnswer.reply(452, "4.5.3 too many recipients")
        : SmtpAnswer.accept();
  }

  private static void assertHandedOver(AttemptResult attemptResult) {
    assertThat(statuses(attemptResult))
        .containsExactly(DELIVERED, DELIVERED, DEFERRED, DEFERRED, DEFERRED);
    assertThat(attemptResult.fault()).isEqualTo(Fault.HANDED_OVER);
    assertThat(attemptResult.mayGoElsewhere()).isFalse();
    assertThat(attemptResult.results().subList(2, 5))
        .allSatisfy(result -> assertThat(result.error()).contains("handed over"));
  }
}
