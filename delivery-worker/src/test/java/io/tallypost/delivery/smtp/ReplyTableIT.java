package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each stage of a conversation, with each kind of reply, and what a relay may do behind it: the
 * first digit holds, nobody is in doubt who got an answer, and the next mail is not answered by
 * what was said about this one.
 */
@Timeout(30)
class ReplyTableIT extends ReplyTable {
  static Stream<Arguments> table() {
    return Stream.of(At.values())
        .flatMap(at ->
            codes(at).stream()
                .flatMap(code -> Then.SOON.stream().map(then -> Arguments.of(at, code, then))));
  }

  @ParameterizedTest
  @MethodSource("table")
  void holdsWhatTheRelaySaid(At at, int code, Then then) {
    for (SmtpSink sink : sinks(at)) {
      sink.inbox().clear();
      sink.follow(saying(at, code, then));
      SmtpRelay relay = relay(at, sink, List.of());

      AttemptResult attemptResult = send(relay);

      expectWhatItSaid(at, code, then, attemptResult);
      if (statuses(attemptResult).contains(DELIVERED)) {
        assertThat(sink.inbox().mails()).hasSize(1);
      }

      // Whatever that connection was worth: the next mail is answered for itself.
      sink.follow(stage -> SmtpAnswer.accept());
      assertThat(statuses(send(relay))).containsExactly(DELIVERED);
    }
  }

  /** All at a time, so that they wait together. */
  @ParameterizedTest
  @EnumSource(At.class)
  void holdsWhatTheRelaySaidThoughItIsSilentThereafter(At at) {
    List<SmtpSink> sinks = new ArrayList<>();
    List<SmtpRelay> relays = new ArrayList<>();
    List<Integer> codes = new ArrayList<>();
    List<String> settings = new ArrayList<>(at.shortWaitsBehind());
    settings.add("timeouts.check=300ms");
    for (SinkSettings kind : kinds(at)) {
      for (int code : codes(at)) {
        SmtpSink sink = sink(kind);
        sink.follow(saying(at, code, Then.SILENT));
        sinks.add(sink);
        relays.add(relay(at, sink, settings));
        codes.add(code);
      }
    }
    int all = relays.size();

    List<AttemptResult> attemptResults = Parallel.calls(all, all, i -> send(relays.get(i)));

    for (int i = 0; i < all; i++) {
      expectWhatItSaid(at, codes.get(i), Then.SILENT, attemptResults.get(i));
    }
    if (at.opens()) {
      // No connection is kept, and a new one may need more time than this.
      return;
    }
    // Silent connections stay so. One that was kept is asked before it is used: after the dot.
    sinks.forEach(sink -> sink.follow(stage -> SmtpAnswer.accept()));
    now = now.plusSeconds(11);
    int atOnce = at == At.DOT ? all : 1;
    assertThat(Parallel.calls(atOnce, all, i -> statuses(send(relays.get(i)))))
        .containsOnly(List.of(DELIVERED));
  }

  private static SmtpScript saying(At at, int code, Then then) {
    SmtpAnswer answer = then.after(SmtpAnswer.raw(code, code + " so it is\r\n"));
    return stage -> at.stage.isInstance(stage) ? answer : SmtpAnswer.accept();
  }

  private static void expectWhatItSaid(At at, int code, Then then, AttemptResult attemptResult) {
    String what = "%s: %d, then %s".formatted(at, code, then);
    boolean goesOn = at.goesOn(code);
    if (goesOn && at != At.DOT && then != Then.GOES_ON) {
      // The relay has left, or is out of step, before it could take anything.
      assertThat(statuses(attemptResult)).as(what).containsExactly(DEFERRED);
      // One that asks for the message and leaves cannot be told from one that leaves with it.
      assertThat(at == At.DATA || attemptResult.fault() != Fault.IN_DOUBT).as(what).isTrue();
    } else {
      assertThat(statuses(attemptResult))
          .as(what)
          .containsExactly(goesOn ? DELIVERED : status(at, code));
      assertThat(attemptResult.fault()).as(what).isEqualTo(goesOn ? Fault.NONE : fault(at, code));
    }
  }

  @ParameterizedTest
  @EnumSource(At.class)
  void waitsNoLongerThanTheStageMayTake(At at) {
    SmtpSink sink = sink(kinds(at).getFirst());
    sink.follow(stage -> at.stage.isInstance(stage) ? SmtpAnswer.mute() : SmtpAnswer.accept());
    List<String> waits =
        at.opens()
            ? List.of("timeouts.open=200ms")
            : List.of("timeouts.command=200ms", "timeouts.data=200ms", "timeouts.dot=200ms");

    AttemptResult attemptResult = send(relay(at, sink, waits));

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
      SmtpSink sink = sink(kinds(at).getFirst());
      sink.follow(stage -> at.stage.isInstance(stage) ? answer : SmtpAnswer.accept());

      AttemptResult attemptResult = send(relay(at, sink, List.of()));

      assertThat(statuses(attemptResult)).containsExactly(at.opens() ? DEFERRED : FAILED);
      assertThat(attemptResult.results().getFirst().reply())
          .extracting(SmtpReply::code)
          .isEqualTo(550);
    }
  }
}
