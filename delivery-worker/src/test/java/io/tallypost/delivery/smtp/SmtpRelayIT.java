package io.tallypost.delivery.smtp;

import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One relay at a time, and each way in which it can let us down. */
@Timeout(30)
class SmtpRelayIT extends RelayConversations {

  @Test
  void handsOverByteForByteOnAConnectionThatStaysOpen() {
    SmtpSink sink = sink(SinkSettings.defaults());
    SmtpRelay relay = relay(sink);

    for (int i = 0; i < 10; i++) {
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    }

    assertThat(sink.connections()).isEqualTo(1);
    assertThat(sink.inbox().mails())
        .hasSize(10)
        .allMatch(mail -> Arrays.equals(mail.raw(), MESSAGE));
  }

  @Test
  void takesANewConnectionWhenOneHasSentItsShare() {
    SmtpSink sink = sink(SinkSettings.defaults());
    SmtpRelay relay = relay(sink, JVM_TRUST, "messages-per-connection=3");

    for (int i = 0; i < 7; i++) {
      send(relay);
    }

    assertThat(sink.connections()).isEqualTo(3);
  }

  @Test
  void goesOnWithAConnectionAfterARefusal() {
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(refusing(BOB.value()));
    SmtpRelay relay = relay(sink);

    AttemptResult refused = send(relay);
    sink.follow(stage -> SmtpAnswer.accept());
    AttemptResult accepted = send(relay);

    assertThat(refused.results()).extracting("status").containsExactly(Status.FAILED);
    assertThat(accepted.fault()).isEqualTo(Fault.NONE);
    assertThat(sink.connections()).isEqualTo(1);
    assertThat(sink.inbox().mails()).hasSize(1);
  }

  @Test
  void sendsToThoseAcceptedWhenOthersAreRefused() throws Exception {
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(refusing(BOB.value()));

    AttemptResult attemptResult = send(relay(sink), new Envelope(ALICE, List.of(BOB, CAROL)));

    assertThat(attemptResult.results())
        .extracting("status")
        .containsExactly(Status.FAILED, Status.DELIVERED);
    assertThat(sink.inbox().mails().getFirst().recipients()).containsExactly(CAROL.value());
  }

  @Test
  void triesAStaleConnectionOnceMoreWithoutAnybodyNoticing() {
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(stage ->
        stage instanceof SmtpStage.MailFrom && stage.session().accepted() > 0
            ? SmtpAnswer.close()
            : SmtpAnswer.accept());
    SmtpRelay relay = relay(sink);

    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);

    assertThat(sink.connections()).isEqualTo(2);
  }

  @Test
  void treatsA421OnAKeptOpenConnectionAsStale() {
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(stage ->
        stage instanceof SmtpStage.MailFrom && stage.session().accepted() == 2
            ? SmtpAnswer.reply(421, "4.7.0 enough").thenClose()
            : SmtpAnswer.accept());
    SmtpRelay relay = relay(sink);

    for (int i = 0; i < 5; i++) {
      assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    }

    assertThat(sink.inbox().mails()).hasSize(5);
  }

  @Test
  void asksAConnectionThatWasIdleForLong() {
    SmtpSink sink = sink(SinkSettings.defaults());
    SmtpRelay relay = relay(sink);
    send(relay);
    sink.close();
    now = now.plusSeconds(11);

    AttemptResult attemptResult = send(relay);

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
  }

  @Test
  void asksNoConnectionThatWasJustOpenedOrUsed() {
    List<SmtpStage> asked = new CopyOnWriteArrayList<>();
    SmtpSink sink = sink();
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Noop || stage instanceof SmtpStage.Rset) {
        asked.add(stage);
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);

    send(relay);
    now = now.plusSeconds(9);
    send(relay);

    assertThat(asked).isEmpty();
    assertThat(sink.connections()).isEqualTo(1);
  }

  @Test
  void defersWhenTheRelayGreetsWith421() {
    assertThat(sendTo(answering(SmtpStage.Banner.class, SmtpAnswer.reply(421, "4.3.2 not now"))))
        .isEqualTo(Fault.RELAY_TEMPORARY);
  }

  @Test
  void defersWhenNobodyListens() {
    SmtpSink sink = sink(SinkSettings.defaults());
    SmtpRelay relay = relay(sink);
    sink.close();

    AttemptResult attemptResult = send(relay);

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(attemptResult.results()).extracting("status").containsExactly(Status.DEFERRED);
    assertThat(attemptResult.results().getFirst().error()).contains("CONNECT");
  }

  @Test
  void isInDoubtWhenTheConnectionEndsAfterTheDot() {
    assertThat(sendTo(answering(SmtpStage.FinalDot.class, SmtpAnswer.close())))
        .isEqualTo(Fault.IN_DOUBT);
    assertThat(sendTo(answering(SmtpStage.FinalDot.class, SmtpAnswer.reset())))
        .isEqualTo(Fault.IN_DOUBT);
  }

  @Test
  void isInDoubtWhenTheRelayKeepsSilentAfterTheDot() {
    SmtpSink sink = answering(SmtpStage.FinalDot.class, SmtpAnswer.mute());
    SmtpRelay relay = relay(sink, JVM_TRUST, "timeouts.dot=300ms");

    assertThat(send(relay).fault()).isEqualTo(Fault.IN_DOUBT);
  }

  @Test
  void isNotInDoubtWhenTheConnectionEndsAtData() {
    assertThat(sendTo(answering(SmtpStage.Data.class, SmtpAnswer.close())))
        .isEqualTo(Fault.RELAY_TEMPORARY);
  }

  @Test
  void endsByItsDeadlineWhenTheRelaySaysAByteAtATime() {
    SmtpSink sink =
        answering(SmtpStage.MailFrom.class, SmtpAnswer.accept().dripping(Duration.ofMillis(200)));
    SmtpRelay relay = relay(sink, JVM_TRUST, "timeouts.command=600ms", "timeouts.open=600ms");

    // Each byte comes in time: if that were enough, the mail would be delivered.
    AttemptResult attemptResult = send(relay);

    assertThat(attemptResult.fault()).isEqualTo(Fault.RELAY_TEMPORARY);
    assertThat(attemptResult.results().getFirst().error()).contains("no answer in time");
    assertThat(sink.inbox().mails()).isEmpty();
  }

  @Test
  void endsByItsDeadlineWhenTheRelayStopsReading() {
    SmtpSink sink = answering(SmtpStage.Banner.class, SmtpAnswer.deaf());
    SmtpRelay relay = relay(sink, JVM_TRUST, "timeouts.command=600ms", "timeouts.open=600ms");

    assertThat(send(relay).fault()).isEqualTo(Fault.RELAY_TEMPORARY);
  }

  @Test
  void sendsNothingInClearWhenStartTlsIsNotOffered() throws Exception {
    List<SmtpStage> heard = new CopyOnWriteArrayList<>();
    SmtpSink sink = sink(SinkSettings.defaults().withUser("user", "secret"));
    sink.follow(stage -> {
      heard.add(stage);
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink, JVM_TRUST, "security=starttls", "user=user", "password=secret");

    assertThat(send(relay).fault()).isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(heard)
        .isNotEmpty()
        .allMatch(stage ->
            stage instanceof SmtpStage.Banner
                || stage instanceof SmtpStage.Hello
                || stage instanceof SmtpStage.Quit);
  }

  @Test
  void encryptsBeforeItLogsIn(@TempDir Path directory) {
    SSLContext certificate = Certificates.selfSigned(directory, "dns:localhost,ip:127.0.0.1");
    SmtpSink sink =
        sink(SinkSettings.defaults().withUser("user", "secret").withStartTls(certificate));
    List<SmtpStage> inClear = new CopyOnWriteArrayList<>();
    sink.follow(stage -> {
      if (!stage.session().tls()) {
        inClear.add(stage);
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay =
        relay(
            sink,
            certificate.getSocketFactory(),
            "security=starttls",
            "user=user",
            "password=secret");

    assertThat(send(relay).fault()).isEqualTo(Fault.NONE);
    assertThat(inClear)
        .noneMatch(stage -> stage instanceof SmtpStage.Auth || stage instanceof SmtpStage.MailFrom);
    // The JDK tells of a handshake in a thread of its own; keytool's certificates last 90 days.
    await().untilAsserted(() -> assertThat(expiresIn(relay)).isBetween(88L, 90L));
  }

  /** In days. */
  private static long expiresIn(SmtpRelay relay) {
    Instant expiry = relay.certificateExpiresAt();
    return expiry == null ? -1 : Duration.between(Instant.now(), expiry).toDays();
  }

  @Test
  void speaksTlsFromTheFirstByteWhereThatIsWanted(@TempDir Path directory) {
    SSLContext certificate = Certificates.selfSigned(directory, "dns:localhost,ip:127.0.0.1");
    SmtpSink sink = sink(SinkSettings.defaults().withTls(certificate));

    SmtpRelay trusted = relay(sink, certificate.getSocketFactory(), "security=tls");
    SmtpRelay distrusted = relay(sink, JVM_TRUST, "security=tls");

    assertThat(send(trusted).fault()).isEqualTo(Fault.NONE);
    assertThat(send(distrusted).fault()).as("self-signed").isEqualTo(Fault.RELAY_MISCONFIGURED);
    await().untilAsserted(() -> assertThat(expiresIn(trusted)).isBetween(88L, 90L));
    assertThat(distrusted.certificateExpiresAt()).isNull();
  }

  @Test
  void sendsNothingToARelayThatCannotProveItsName(@TempDir Path directory) {
    SSLContext another = Certificates.selfSigned(directory, "dns:another.example");
    SmtpSink sink = sink(SinkSettings.defaults().withStartTls(another));

    assertThat(send(relay(sink, JVM_TRUST, "security=starttls")).fault())
        .as("self-signed")
        .isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(send(relay(sink, another.getSocketFactory(), "security=starttls")).fault())
        .as("trusted, but somebody else's")
        .isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(sink.inbox().mails()).isEmpty();
  }

  @Test
  void takesAWrongPasswordForAMistakeInTheSettings() {
    SmtpSink sink = sink(SinkSettings.defaults().withUser("user", "secret"));

    assertThat(send(relay(sink, JVM_TRUST, "user=user", "password=wrong")).fault())
        .isEqualTo(Fault.RELAY_MISCONFIGURED);
    assertThat(send(relay(sink, JVM_TRUST)).fault())
        .as("no login where one is wanted")
        .isEqualTo(Fault.RELAY_MISCONFIGURED);
  }

  @Test
  void breaksOffBeforeDataWithoutATrace() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.Recipient) {
        reached.countDown();
        return SmtpAnswer.mute();
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    var guard = new SendGuard();
    var sending = CompletableFuture.supplyAsync(() -> trySend(relay, TO_BOB, guard));
    reached.await();

    guard.breakOff();

    await().until(sending::isDone);
    assertThat(sending.get()).isNull();
    assertThat(guard.isBrokenOff()).isTrue();
  }

  @Test
  void leavesASendAloneOnceDataIsSaid() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(stage -> {
      if (stage instanceof SmtpStage.FinalDot) {
        reached.countDown();
        await().until(() -> goOn.getCount() == 0);
      }
      return SmtpAnswer.accept();
    });
    SmtpRelay relay = relay(sink);
    var guard = new SendGuard();
    var sending = CompletableFuture.supplyAsync(() -> trySend(relay, TO_BOB, guard));
    reached.await();

    guard.breakOff();
    goOn.countDown();

    await().until(sending::isDone);
    assertThat(sending.get()).extracting("fault").isEqualTo(Fault.NONE);
  }

  @Test
  void neverOpensMoreConnectionsThanAllowed() {
    SmtpSink sink = sink(SinkSettings.defaults());
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(20))
            : SmtpAnswer.accept());
    SmtpRelay relay = relay(sink, JVM_TRUST, "max-connections=3");

    var sends =
        IntStream.range(0, 30)
            .mapToObj(i -> {
              var result = new CompletableFuture<@Nullable AttemptResult>();
              Thread.ofVirtual()
                  .start(() -> result.complete(trySend(relay, TO_BOB, new SendGuard())));
              return result;
            })
            .toList();

    await().until(() -> sends.stream().allMatch(CompletableFuture::isDone));
    assertThat(sink.inbox().mails()).hasSize(30);
    assertThat(sink.connections()).isLessThanOrEqualTo(3);
  }

  private static SmtpScript refusing(String recipient) {
    return stage ->
        stage instanceof SmtpStage.Recipient(var session, var address) && address.equals(recipient)
            ? SmtpAnswer.reply(550, "5.1.1 no such user")
            : SmtpAnswer.accept();
  }

  private Fault sendTo(SmtpSink sink) {
    return send(relay(sink)).fault();
  }
}
