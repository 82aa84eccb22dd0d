package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Relays that say nothing where they should, and what they have said before. */
@Timeout(60)
class SilentRelayIT extends RelayConversations {
  @Test
  void triesEachAddressHoweverTheOneBeforeItEnds() throws IOException {
    SmtpSink sink = sink();
    InetAddress silent = InetAddress.getByAddress(new byte[] {127, 0, 0, 9});
    try (var _ = Unreachable.at(silent, sink.port())) {
      int reached = 0;
      for (int i = 0; i < 60; i++) {
        var guard = new SendGuard();
        try {
          SmtpConnection.open(
                  List.of(silent, InetAddress.getLoopbackAddress()),
                  sink.port(),
                  Timeouts.of("connect=" + (60 + i) + "ms"),
                  guard,
                  _ -> {})
              .close();
          reached++;
        } catch (IOException e) {
          // Counted by not being counted.
        } finally {
          guard.release();
        }
      }
      assertThat(reached).isEqualTo(60);
    }
  }

  @Test
  void makesNoCopiesWhereAWaitIsAllButEndless() {
    SmtpSink sink = sink();

    assertThat(send(relay(sink, "timeouts.dot=200000d")).fault()).isEqualTo(Fault.NONE);

    assertThat(sink.inbox().mails()).hasSize(1);
  }

  @Test
  void keepsARefusalThoughTheRelayIsSilentAfterIt() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        switch (stage) {
          case SmtpStage.Recipient _ -> SmtpAnswer.reply(550, "5.1.1 no such user");
          case SmtpStage.Rset _ -> SmtpAnswer.mute();
          default -> SmtpAnswer.accept();
        });
    SmtpRelay relay = relay(sink, "timeouts.stall=100ms", "timeouts.check=500ms");

    assertThat(handle(relay, new FixedMail(TO_BOB, MESSAGE), TERMS, new SendGuard(() -> true)))
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(statuses(made.attemptResult())).containsExactly(FAILED));
  }

  @ParameterizedTest
  @CsvSource({"550, FAILED", "451, DEFERRED"})
  void keepsAnAnswerThoughTheRelayIsSilentToWhatFollowsIt(int code, Status status) {
    for (Class<? extends SmtpStage> answered :
        List.of(SmtpStage.MailFrom.class, SmtpStage.Recipient.class)) {
      SmtpSink sink = sink();
      sink.follow(stage -> {
        if (answered.isInstance(stage)) {
          return SmtpAnswer.reply(code, "so it is");
        }
        return stage instanceof SmtpStage.Data ? SmtpAnswer.mute() : SmtpAnswer.accept();
      });
      SmtpRelay relay = relay(sink, "timeouts.stall=500ms");

      assertThat(handle(relay, new FixedMail(TO_BOB, MESSAGE), TERMS, new SendGuard(() -> true)))
          .isInstanceOfSatisfying(
              RelayAnswer.Made.class,
              made -> {
                assertThat(statuses(made.attemptResult())).containsExactly(status);
                assertThat(made.attemptResult().results().getFirst().reply())
                    .extracting(SmtpReply::code)
                    .isEqualTo(code);
              });
    }
  }

  /** One has a final answer: the mail must not come back with all of them again and again. */
  @Test
  void keepsOneRecipientsRefusalThoughTheRelayIsSilentToTheOthers() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        switch (stage) {
          case SmtpStage.Recipient(var _, var address) when address.startsWith("r1@") ->
              SmtpAnswer.reply(550, "5.1.1 no such user");
          case SmtpStage.Data _ -> SmtpAnswer.mute();
          default -> SmtpAnswer.accept();
        });
    SmtpRelay relay = relay(sink, "timeouts.stall=500ms");

    assertThat(handle(relay, new FixedMail(toMany(2), MESSAGE), TERMS, new SendGuard(() -> true)))
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made ->
                assertThat(statuses(made.attemptResult()))
                    .containsExactly(Status.DEFERRED, FAILED));
  }

  @Test
  void beginsAtNoOtherRelayOnceItIsBrokenOffThoughTheFirstTookTooLong() {
    SmtpSink slow = answering(SmtpStage.Banner.class, SmtpAnswer.mute());
    SmtpSink second = sink();
    var guard = new SendGuard();
    var mail = new FixedMail(TO_BOB, MESSAGE);
    assertThat(handle(relay(slow, "timeouts.open=200ms"), mail, TERMS, guard))
        .isInstanceOf(RelayAnswer.Made.class);

    guard.breakOff();

    assertThat(handle(relay(second), mail, TERMS, guard)).isNull();
    assertThat(guard.isBrokenOff()).isTrue();
    assertThat(second.inbox().mails()).isEmpty();
  }

  @Test
  void keepsTheTimeOfAllSendsThoughOneCannotSayWhetherOthersWait() throws Exception {
    SmtpSink sink = answering(SmtpStage.Recipient.class, SmtpAnswer.mute());
    SmtpRelay relay = relay(sink, "timeouts.stall=50ms", "timeouts.command=300ms");
    var mail = new FixedMail(TO_BOB, MESSAGE);
    var broken =
        new SendGuard(() -> {
          throw new IllegalStateException("broken");
        });

    for (SendGuard guard : List.of(broken, new SendGuard())) {
      var sending = CompletableFuture.supplyAsync(() -> handle(relay, mail, TERMS, guard));
      assertThat(sending.get(10, TimeUnit.SECONDS)).isInstanceOf(RelayAnswer.Made.class);
    }
  }
}
