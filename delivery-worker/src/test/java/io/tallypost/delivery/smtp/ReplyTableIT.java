package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each stage of a conversation, with each kind of reply, and what a relay may do behind it: the
 * first digit holds, nobody is in doubt who got an answer, and the next mail is not answered by
 * what was said about this one.
 */
@Timeout(30)
class ReplyTableIT extends RelayConversations {
  private static final SmtpSink PIPELINING = SmtpSink.start();
  private static final SmtpSink ONE_BY_ONE =
      SmtpSink.start(SinkSettings.defaults().withCapabilities("SIZE 1000000", "8BITMIME"));

  @AfterAll
  static void closeSinks() {
    PIPELINING.close();
    ONE_BY_ONE.close();
  }

  enum At {
    MAIL(SmtpStage.MailFrom.class, 250),
    RCPT(SmtpStage.Recipient.class, 250),
    DATA(SmtpStage.Data.class, 354),
    DOT(SmtpStage.FinalDot.class, 250);

    private final Class<? extends SmtpStage> stage;
    private final int usual;

    At(Class<? extends SmtpStage> stage, int usual) {
      this.stage = stage;
      this.usual = usual;
    }
  }

  enum Then {
    GOES_ON,
    CLOSES,
    HALF_CLOSES,
    CLOSES_UNREAD,
    RESETS,
    SAYS_YES_ONCE_MORE,
    SAYS_NO_BESIDES;

    SmtpAnswer after(SmtpAnswer answer) {
      return switch (this) {
        case GOES_ON -> answer;
        case CLOSES -> answer.thenClose();
        case HALF_CLOSES -> answer.thenHalfClose();
        case CLOSES_UNREAD -> answer.thenCloseUnread();
        case RESETS -> answer.thenReset();
        case SAYS_YES_ONCE_MORE -> answer.followedBy(SmtpAnswer.reply(250, "2.0.0 yes"));
        case SAYS_NO_BESIDES -> answer.followedBy(SmtpAnswer.reply(451, "4.4.2 idle").thenClose());
      };
    }
  }

  /** Of all codes those that mean something of their own, and one or two for the others. */
  private static final List<Integer> CODES =
      List.of(250, 251, 299, 354, 421, 450, 451, 452, 499, 500, 530, 535, 550, 552, 554, 700);

  static Stream<Arguments> table() {
    return Stream.of(At.values())
        .flatMap(at ->
            CODES.stream()
                .flatMap(
                    code -> Stream.of(Then.values()).map(then -> Arguments.of(at, code, then))));
  }

  @ParameterizedTest
  @MethodSource("table")
  void holdsWhatTheRelaySaid(At at, int code, Then then) {
    for (SmtpSink sink : List.of(PIPELINING, ONE_BY_ONE)) {
      sink.inbox().clear();
      SmtpAnswer answer = then.after(SmtpAnswer.raw(code, code + " so it is\r\n"));
      sink.follow(stage -> at.stage.isInstance(stage) ? answer : SmtpAnswer.accept());
      SmtpRelay relay = relay(sink);

      AttemptResult attemptResult = send(relay);

      boolean goesOn = code / 100 == at.usual / 100;
      if (goesOn && at != At.DOT && then != Then.GOES_ON) {
        // The relay has left, or is out of step, before it could take anything.
        assertThat(statuses(attemptResult)).containsExactly(DEFERRED);
        // One that asks for the message and leaves cannot be told from one that leaves with it.
        assertThat(at == At.DATA || attemptResult.fault() != Fault.IN_DOUBT).isTrue();
      } else {
        assertThat(statuses(attemptResult)).containsExactly(goesOn ? DELIVERED : status(at, code));
        assertThat(attemptResult.fault()).isEqualTo(goesOn ? Fault.NONE : fault(at, code));
      }
      if (statuses(attemptResult).contains(DELIVERED)) {
        assertThat(sink.inbox().mails()).hasSize(1);
      }

      // Whatever that connection was worth: the next mail is answered for itself.
      sink.follow(stage -> SmtpAnswer.accept());
      assertThat(statuses(send(relay))).containsExactly(DELIVERED);
    }
  }

  /** What a relay says to MAIL on a kept connection may be about the connection. */
  static Stream<Arguments> ends() {
    return Stream.concat(
        Stream.of(421, 451, 503, 530, 535)
            .flatMap(code ->
                Stream.of(Then.values())
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
    for (SmtpSink sink : List.of(PIPELINING, ONE_BY_ONE)) {
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

  @ParameterizedTest
  @EnumSource(At.class)
  void waitsNoLongerThanTheStageMayTake(At at) {
    SmtpSink sink = sink();
    sink.follow(stage -> at.stage.isInstance(stage) ? SmtpAnswer.mute() : SmtpAnswer.accept());

    AttemptResult attemptResult =
        send(relay(sink, "timeouts.command=200ms", "timeouts.data=200ms", "timeouts.dot=200ms"));

    assertThat(statuses(attemptResult)).containsExactly(DEFERRED);
    assertThat(attemptResult.fault())
        .isEqualTo(at == At.DOT ? Fault.IN_DOUBT : Fault.RELAY_TEMPORARY);
    assertThat(attemptResult.results().getFirst().error()).contains("in time");
  }

  @ParameterizedTest
  @EnumSource(At.class)
  void readsAReplyInAnyCharacters(At at) {
    byte[] windows1252 =
        "550 5.7.1 Rejected\u0085 Empf\u00e4nger\r\n".getBytes(StandardCharsets.ISO_8859_1);
    for (SmtpAnswer answer :
        List.of(
            SmtpAnswer.raw(550, windows1252),
            SmtpAnswer.raw(550, "550 5.1.1 Нет таких пользователей\r\n"),
            SmtpAnswer.raw(550, "550-5.1.1 nej\n550 5.1.1 Åtkomst nekad\n"))) {
      SmtpSink sink = answering(at.stage, answer);

      assertThat(statuses(send(relay(sink)))).containsExactly(FAILED);
    }
  }

  private static Status status(At at, int code) {
    boolean forOneGo = at == At.RCPT && (code == 552);
    boolean aboutUs = code == 530 || code == 535;
    return code / 100 == 5 && !forOneGo && !aboutUs ? FAILED : DEFERRED;
  }

  private static Fault fault(At at, int code) {
    if (code == 421) {
      return Fault.RELAY_TEMPORARY;
    }
    if (code == 530 || code == 535) {
      return Fault.RELAY_MISCONFIGURED;
    }
    if (at == At.RCPT) {
      return Fault.NONE;
    }
    return code / 100 == 5 ? Fault.MESSAGE_PERMANENT : Fault.MESSAGE_TEMPORARY;
  }
}
