package io.tallypost.delivery.smtp;

import static io.tallypost.events.RecipientResult.Status.DELIVERED;
import static io.tallypost.events.RecipientResult.Status.FAILED;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.session.SmtpPhases;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.mail.SmtpReply;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSession;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
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
}
