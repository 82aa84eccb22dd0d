package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSession;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Relays that break the protocol where it would make a copy, a loss or a lie. */
@Timeout(60)
class RelayMisconductIT extends RelayConversations {

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void takesNoStrayYesForTheAnswerToTheDot(boolean encrypted, @TempDir Path folder) {
    SSLContext certificate = Certificates.selfSigned(folder, "ip:127.0.0.1");
    SmtpSink sink =
        sink(encrypted ? SinkSettings.defaults().withTls(certificate) : SinkSettings.defaults());
    sink.follow(stage ->
        switch (stage) {
          case SmtpStage.Data _ ->
              SmtpAnswer.reply(354, "go on")
                  .followedBy(SmtpAnswer.reply(250, "2.0.0 and this").after(Duration.ofMillis(1)));
          case SmtpStage.FinalDot _ -> SmtpAnswer.reply(554, "5.7.1 no");
          default -> SmtpAnswer.accept();
        });
    byte[] large = "x".repeat(76).concat("\r\n").repeat(250_000).getBytes(US_ASCII);
    SmtpRelay relay =
        relay(sink, certificate.getSocketFactory(), "security=" + (encrypted ? "tls" : "none"));

    RelayAnswer relayAnswer = handle(relay, new FixedMail(TO_BOB, large), TERMS, new SendGuard());

    assertThat(relayAnswer)
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(statuses(made.attemptResult())).doesNotContain(DELIVERED));
  }

  @Test
  void deliversToThoseBehindARefusedOneWhateverTheRelayTakesAtATime() {
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.MailFrom) {
        asked.set(0);
      }
      if (stage instanceof SmtpStage.Recipient(var _, String address)) {
        if (asked.incrementAndGet() > 1) {
          return SmtpAnswer.reply(421, "4.5.3 one at a time").thenClose();
        }
        return address.startsWith("r1@")
            ? SmtpAnswer.reply(550, "5.1.1 no such user")
            : SmtpAnswer.accept();
      }
      return SmtpAnswer.accept();
    });

    assertThat(statuses(send(relay(sink), toMany(3))))
        .containsExactly(DELIVERED, FAILED, DELIVERED);
  }

  @Test
  void sendsNothingToAnybodyWhereMailWasRefused() {
    SmtpSink sink = sink();
    sink.follow(stage ->
        switch (stage) {
          // It refuses, and goes on nevertheless.
          case SmtpStage.MailFrom _ -> SmtpAnswer.raw(250, "550 5.7.1 not from you\r\n");
          default -> SmtpAnswer.accept();
        });

    assertThat(statuses(send(relay(sink)))).containsExactly(FAILED);

    assertThat(sink.inbox().mails()).isEmpty();
  }

  @Test
  void triesEachAddressHoweverTheOneBeforeItEnds() throws IOException {
    SmtpSink sink = sink();
    InetAddress silent = InetAddress.getByAddress(new byte[] {127, 0, 0, 9});
    List<Socket> waiting = new ArrayList<>();
    try (var full = new ServerSocket()) {
      // Nobody accepts, and the queue is full: the next ones get no answer.
      full.bind(new InetSocketAddress(silent, sink.port()), 1);
      while (connects(waiting, full)) {}
      int reached = 0;
      for (int i = 0; i < 60; i++) {
        var guard = new SendGuard();
        try {
          SmtpConnection.open(
                  List.of(silent, InetAddress.getLoopbackAddress()),
                  sink.port(),
                  Timeouts.of("connect=" + (60 + i) + "ms"),
                  guard)
              .close();
          reached++;
        } catch (IOException e) {
          // Counted by not being counted.
        } finally {
          guard.release();
        }
      }
      assertThat(reached).isEqualTo(60);
    } finally {
      for (Socket one : waiting) {
        one.close();
      }
    }
  }

  private static boolean connects(List<Socket> waiting, ServerSocket full) throws IOException {
    var one = new Socket();
    waiting.add(one);
    try {
      one.connect(full.getLocalSocketAddress(), 100);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void makesNoCopiesWhereAWaitIsAllButEndless() {
    SmtpSink sink = sink();

    assertThat(send(relay(sink, "timeouts.dot=200000d")).fault()).isEqualTo(Fault.NONE);

    assertThat(sink.inbox().mails()).hasSize(1);
  }

  @Test
  void isInDoubtWhenSomethingOfOursFailsAfterTheDot() {
    SmtpSink sink = sink();
    var settings = settings(sink);
    SmtpPhases broken =
        (stage, _) -> {
          if (stage == io.tallypost.delivery.smtp.session.SmtpStage.DOT) {
            throw new IllegalStateException("broken");
          }
        };
    try (var relay =
        new SmtpRelay(settings, JVM_TRUST, HostLookup.ANYWHERE, () -> now, 50, broken)) {
      assertThat(send(relay).fault()).isEqualTo(Fault.IN_DOUBT);
    }
  }

  private static RelaySettings settings(SmtpSink sink) {
    var source =
        new org.springframework.boot.context.properties.source.MapConfigurationPropertySource();
    source.put("relay.host", sink.host());
    source.put("relay.port", sink.port());
    source.put("relay.security", "none");
    return new org.springframework.boot.context.properties.bind.Binder(source)
        .bind("relay", RelaySettings.class)
        .get();
  }

  @ParameterizedTest
  @CsvSource({"XOAUTH2, 5", "PLAIN, 140", "XOAUTH2, 140"})
  void keepsNoLoginThatTheRelayRepeats(String mechanism, int length) {
    String password = "s3cr3t".repeat(length);
    String response =
        mechanism.equals("PLAIN")
            ? "\0user\0" + password
            : "user=user\1auth=Bearer " + password + "\1\1";
    String encoded = Base64.getEncoder().encodeToString(response.getBytes(UTF_8));
    SmtpSink sink =
        sink(SinkSettings.defaults().withUser("user", "other").withMechanisms(mechanism));
    sink.follow(stage ->
        stage instanceof SmtpStage.Auth
            ? SmtpAnswer.reply(535, "5.7.8 not taken: " + encoded)
            : SmtpAnswer.accept());

    SmtpReply reply =
        Objects.requireNonNull(
            send(relay(sink, "user=user", "password=" + password)).results().getFirst().reply());

    assertThat(reply.code()).isEqualTo(535);
    assertThat(reply.text()).doesNotContain(encoded.substring(40, 60));
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

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void beginsAtNoOtherRelayOnceItIsBrokenOff(boolean atTheDot) {
    var guard = new SendGuard();
    SmtpSink first = sink();
    first.follow(stage -> {
      if (stage instanceof SmtpStage.FinalDot) {
        if (atTheDot) {
          guard.breakOff();
        }
        return SmtpAnswer.reply(530, "5.7.0 log in");
      }
      return SmtpAnswer.accept();
    });
    SmtpSink second = sink();
    var mail = new FixedMail(TO_BOB, MESSAGE);
    assertThat(handle(relay(first), mail, TERMS, guard))
        .isInstanceOfSatisfying(
            RelayAnswer.Made.class,
            made -> assertThat(made.attemptResult().mayGoElsewhere()).isTrue());
    if (!atTheDot) {
      guard.breakOff();
    }

    RelayAnswer next = handle(relay(second), mail, TERMS, guard);

    assertThat(next).isNull();
    assertThat(guard.isBrokenOff()).isTrue();
    assertThat(second.connections()).isZero();
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
  void hasAConnectionForEachPlaceWhileAnIdleOneIsClosed() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink, "max-connections=1", "idle-timeout=40ms");
    for (int i = 1; i <= 50; i++) {
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
      // The moment matters: it is no longer kept, and not yet closed.
      while (relay.usage().idle() > 0) {
        Thread.onSpinWait();
      }
    }

    assertThat(relay.usage().active()).isZero();
    assertThat(sink.inbox().mails()).hasSize(50);
  }

  @Test
  void costsNoAttemptThatAnotherSendFindsOutMeanwhileHowManyTheRelayTakes() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink);
    var others = new ArrayList<AttemptResult>();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Recipient(SmtpSession session, var _)
          && !session.recipients().isEmpty()) {
        if (others.isEmpty()) {
          others.add(AttemptResult.notComposable(List.of()));
          others.add(send(relay, toMany(3)));
        }
        return SmtpAnswer.reply(421, "4.5.3 one at a time").thenClose();
      }
      return SmtpAnswer.accept();
    });

    AttemptResult attemptResult = send(relay, toMany(3));

    assertThat(statuses(others.getLast())).containsOnly(DELIVERED);
    assertThat(statuses(attemptResult)).containsOnly(DELIVERED);
    assertThat(sink.inbox().mails()).hasSize(6);
  }

  @Test
  void takesTheShortestIdleTimeout() {
    SmtpSink sink = sink();

    assertThat(send(relay(sink, "idle-timeout=1ms")).fault()).isEqualTo(Fault.NONE);
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

  @Test
  void asksNoNewConnectionWhetherItIsStillThere() {
    now = Instant.parse("2026-11-29T12:00:00Z");
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Noop) {
        asked.incrementAndGet();
        return SmtpAnswer.reply(502, "5.5.1 what");
      }
      return SmtpAnswer.accept();
    });

    assertThat(send(relay(sink)).fault()).isEqualTo(Fault.NONE);

    assertThat(asked.get()).isZero();
    assertThat(sink.connections()).isEqualTo(1);
  }

  /** Another mail's hold is not this one's fault. */
  @Test
  void costsNoAttemptThatAConnectionEndedWhichNoMailUsed() {
    SmtpSink sink = sink();
    SmtpRelay relay = relay(sink);
    var held = new Held();
    assertThat(handle(relay, held, TERMS, new SendGuard()))
        .isInstanceOf(RelayAnswer.BrokenOff.class);
    assertThat(sink.connections()).isEqualTo(1);
    var ended = new AtomicInteger();
    sink.follow(stage ->
        stage instanceof SmtpStage.MailFrom && ended.getAndIncrement() == 0
            ? SmtpAnswer.close()
            : SmtpAnswer.accept());

    assertThat(statuses(send(relay))).containsExactly(DELIVERED);

    assertThat(sink.connections()).isEqualTo(2);
  }

  /** A mail that an operator holds while its connection is opened. */
  private static final class Held implements OutgoingMail {
    private int asked;

    @Override
    public Envelope envelope() {
      return TO_BOB;
    }

    @Override
    public byte[] message() {
      return MESSAGE;
    }

    @Override
    public boolean headerNeedsSmtpUtf8() {
      return false;
    }

    @Override
    public boolean mayGo() {
      return asked++ == 0;
    }
  }

  @Test
  void asksAnIdleConnectionOnceWhetherItIsStillThere() {
    var asked = new AtomicInteger();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      asked.addAndGet(stage instanceof SmtpStage.Noop ? 1 : 0);
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    send(relay);
    now = now.plusSeconds(11);

    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);

    assertThat(asked).hasValue(1);
    assertThat(sink.connections()).isEqualTo(1);
  }

  @Test
  void keepsTheRefusalOfAPasswordThoughTheRelayHearsOfNoToken() {
    SmtpSink sink =
        sink(SinkSettings.defaults().withUser("user", "other").withMechanisms("PLAIN", "XOAUTH2"));
    sink.follow(stage ->
        stage instanceof SmtpStage.Auth
            ? SmtpAnswer.reply(535, "5.7.8 not taken").thenClose()
            : SmtpAnswer.accept());

    AttemptResult attemptResult = send(relay(sink, "user=user", "password=wrong"));

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(attemptResult.results().getFirst().reply())
        .extracting(SmtpReply::code)
        .isEqualTo(535);
  }

  @Test
  void sendsNoAddressOutsideAsciiToAConnectionThatDoesNotTakeIt() {
    SmtpSink sink = sink();
    var hellos = new AtomicInteger();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Hello && hellos.incrementAndGet() > 1) {
        return SmtpAnswer.reply(250, "another.tallypost.test", "PIPELINING");
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    var umlaut = new Envelope(TO_BOB.from(), List.of(new EmailAddress("jürgen@example.org")));
    assertThat(send(relay, umlaut).fault()).isEqualTo(Fault.NONE);
    sink.hangUp();

    AttemptResult attemptResult = send(relay, umlaut);

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(attemptResult.mayGoElsewhere()).isTrue();
    assertThat(send(relay, umlaut).fault()).isEqualTo(Fault.SMTPUTF8_NOT_OFFERED);
    assertThat(sink.inbox().mails()).hasSize(1);
  }
}
