package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DEFERRED;
import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
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
  private static final SinkSettings PIPELINING = SinkSettings.defaults();
  private static final SinkSettings ONE_BY_ONE =
      SinkSettings.defaults().withCapabilities("SIZE 1000000", "8BITMIME");

  private static final Map<At, List<SmtpSink>> SINKS = new EnumMap<>(At.class);
  private static SSLContext certificate;

  @BeforeAll
  static void openSinks(@TempDir Path folder) {
    certificate = Certificates.selfSigned(folder, "ip:127.0.0.1");
    for (At at : At.values()) {
      SINKS.put(at, kinds(at).stream().map(SmtpSink::start).toList());
    }
  }

  @AfterAll
  static void closeSinks() {
    SINKS.values().forEach(sinks -> sinks.forEach(SmtpSink::close));
  }

  /** The kinds of relays at which a stage is looked at. */
  private static List<SinkSettings> kinds(At at) {
    return switch (at) {
      case STARTTLS -> List.of(PIPELINING.withStartTls(certificate));
      case AUTH -> List.of(PIPELINING.withUser("user", "secret"));
      default -> List.of(PIPELINING, ONE_BY_ONE);
    };
  }

  private static List<SmtpSink> sinks(At at) {
    return SINKS.getOrDefault(at, List.of());
  }

  enum At {
    GREETING(SmtpStage.Banner.class, 220),
    EHLO(SmtpStage.Hello.class, 250),
    STARTTLS(SmtpStage.StartTls.class, 220),
    AUTH(SmtpStage.Auth.class, 235),
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

    /** Before it the relay knows nothing of the mail. */
    boolean opens() {
      return compareTo(MAIL) < 0;
    }

    boolean goesOn(int code) {
      return code / 100 == usual / 100;
    }

    /** Short waits for what follows, and none that its own answer needs, if that can be. */
    List<String> shortWaitsBehind() {
      return switch (this) {
        case GREETING, STARTTLS -> List.of("timeouts.open=1s");
        case EHLO -> List.of("timeouts.open=1s", "timeouts.command=1s");
        case AUTH -> List.of("timeouts.command=1s");
        case MAIL -> List.of("timeouts.command=2s");
        case RCPT -> List.of("timeouts.data=1s");
        case DATA -> List.of("timeouts.dot=1s");
        case DOT -> List.of();
      };
    }
  }

  enum Then {
    GOES_ON,
    CLOSES,
    HALF_CLOSES,
    CLOSES_UNREAD,
    RESETS,
    SAYS_YES_ONCE_MORE,
    SAYS_NO_BESIDES,
    SILENT;

    /** What the relay does at once. */
    static final List<Then> SOON = Stream.of(values()).filter(then -> then != SILENT).toList();

    SmtpAnswer after(SmtpAnswer answer) {
      return switch (this) {
        case GOES_ON -> answer;
        case CLOSES -> answer.thenClose();
        case HALF_CLOSES -> answer.thenHalfClose();
        case CLOSES_UNREAD -> answer.thenCloseUnread();
        case RESETS -> answer.thenReset();
        case SAYS_YES_ONCE_MORE -> answer.followedBy(SmtpAnswer.reply(250, "2.0.0 yes"));
        case SAYS_NO_BESIDES -> answer.followedBy(SmtpAnswer.reply(451, "4.4.2 idle").thenClose());
        case SILENT -> answer.followedBy(SmtpAnswer.mute());
      };
    }
  }

  /** Of all codes those that mean something of their own, and one or two for the others. */
  private static final List<Integer> CODES =
      List.of(250, 251, 299, 354, 421, 450, 451, 452, 499, 500, 530, 535, 550, 552, 554, 700);

  /** Before the mail only 421 and a refused login mean more than their first digit. */
  private static final List<Integer> OPENING_CODES =
      List.of(250, 299, 354, 421, 451, 500, 535, 550, 700);

  private static List<Integer> codes(At at) {
    return at.opens() ? OPENING_CODES : CODES;
  }

  static Stream<Arguments> table() {
    return Stream.of(At.values())
        .flatMap(at ->
            codes(at).stream()
                .flatMap(code -> Then.SOON.stream().map(then -> Arguments.of(at, code, then))));
  }

  private SmtpRelay relay(At at, SmtpSink sink, List<String> settings) {
    List<String> all = new ArrayList<>(settings);
    switch (at) {
      case STARTTLS -> all.add("security=starttls");
      case AUTH -> all.addAll(List.of("user=user", "password=secret"));
      default -> {}
    }
    return relay(sink, certificate.getSocketFactory(), all.toArray(String[]::new));
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

  private static Status status(At at, int code) {
    if (at.opens()) {
      return DEFERRED;
    }
    boolean forOneGo = at == At.RCPT && (code == 552);
    boolean aboutUs = code == 530 || code == 535;
    return code / 100 == 5 && !forOneGo && !aboutUs ? FAILED : DEFERRED;
  }

  private static Fault fault(At at, int code) {
    if (code == 421) {
      return Fault.RELAY_TEMPORARY;
    }
    if (at.opens()) {
      boolean refused = at == At.AUTH && code / 100 == 5;
      return refused ? Fault.RELAY_MISCONFIGURED : Fault.RELAY_TEMPORARY;
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
