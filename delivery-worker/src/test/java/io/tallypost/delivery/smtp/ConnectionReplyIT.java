package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replies that are about the connection and not about the mail: to RSET, and to MAIL on a kept one.
 */
@Timeout(30)
class ConnectionReplyIT extends ReplyTable {
  static Stream<Arguments> resets() {
    return CODES.stream()
        .flatMap(code -> Stream.of(Then.values()).map(then -> Arguments.of(code, then)));
  }

  /** A refused transaction is followed by RSET, whose answer is about the connection alone. */
  @ParameterizedTest
  @MethodSource("resets")
  void takesTheAnswerToResetForTheConnections(int code, Then then) {
    for (SmtpSink sink : sinks(At.MAIL)) {
      sink.inbox().clear();
      var asked = new AtomicBoolean();
      SmtpAnswer answer = then.after(SmtpAnswer.raw(code, code + " so it is\r\n"));
      sink.follow(stage ->
          switch (stage) {
            case SmtpStage.Recipient _ -> SmtpAnswer.reply(550, "5.1.1 no such user");
            case SmtpStage.Rset _ -> {
              asked.set(true);
              yield answer;
            }
            default -> SmtpAnswer.accept();
          });
      long connections = sink.connections();
      SmtpRelay relay = relay(sink, "timeouts.check=300ms");

      AttemptResult attemptResult = send(relay);

      assertThat(asked).isTrue();
      assertThat(statuses(attemptResult)).containsExactly(FAILED);
      assertThat(attemptResult.fault()).isEqualTo(Fault.NONE);
      sink.follow(stage -> SmtpAnswer.accept());
      now = now.plusSeconds(11);
      assertThat(statuses(send(relay))).containsExactly(DELIVERED);
      boolean kept = code / 100 == 2 && then == Then.GOES_ON;
      assertThat(sink.connections() - connections).isEqualTo(kept ? 1 : 2);
    }
  }

  /** What a relay says to MAIL on a kept connection may be about the connection. */
  static Stream<Arguments> ends() {
    return Stream.concat(
        Stream.of(421, 451, 503, 530, 535)
            .flatMap(code ->
                Then.SOON.stream()
                    .map(then ->
                        Arguments.of(
                            code + " " + then,
                            then.after(SmtpAnswer.raw(code, code + " so it is\r\n")),
                            code == 451 && then == Then.GOES_ON ? DEFERRED : DELIVERED))),
        Stream.of(
            Arguments.of("close", SmtpAnswer.close(), DELIVERED),
            Arguments.of("reset", SmtpAnswer.reset(), DELIVERED)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ends")
  void costsNoAttemptThatAKeptConnectionIsAtItsEnd(String what, SmtpAnswer end, Status expected) {
    for (SmtpSink sink : sinks(At.MAIL)) {
      sink.inbox().clear();
      sink.follow(stage -> SmtpAnswer.accept());
      SmtpRelay relay = relay(sink);
      assertThat(statuses(send(relay))).containsExactly(DELIVERED);
      var ended = new AtomicBoolean();
      sink.follow(stage ->
          stage instanceof SmtpStage.MailFrom && ended.compareAndSet(false, true)
              ? end
              : SmtpAnswer.accept());

      AttemptResult attemptResult = send(relay);

      assertThat(ended).as(what).isTrue();
      assertThat(statuses(attemptResult)).as(what).containsExactly(expected);
      assertThat(sink.inbox().mails()).hasSize(expected == DELIVERED ? 2 : 1);
    }
  }

  /** A new connection that gets the same answer has got it for the mail. */
  @ParameterizedTest
  @ValueSource(ints = {421, 503, 530})
  void takesTheAnswerOfANewConnectionForTheMails(int code) {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink);
    send(relay);
    sink.follow(stage ->
        stage instanceof SmtpStage.MailFrom
            ? SmtpAnswer.reply(code, "5.5.1 no")
            : SmtpAnswer.accept());

    AttemptResult attemptResult = send(relay);

    assertThat(statuses(attemptResult)).containsExactly(status(At.MAIL, code));
    assertThat(attemptResult.fault()).isEqualTo(fault(At.MAIL, code));
    assertThat(sink.connections()).isEqualTo(2);
  }
}
