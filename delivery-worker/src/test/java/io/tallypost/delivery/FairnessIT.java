package io.tallypost.delivery;

import static io.tallypost.delivery.RelaysUnderTest.mail;
import static io.tallypost.delivery.RelaysUnderTest.newTenant;
import static io.tallypost.delivery.RelaysUnderTest.received;
import static io.tallypost.delivery.RelaysUnderTest.relay;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.smtp.SimulatedRelay;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.EventContext;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mode;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What slow relays and loud tenants cost the mail of others. */
class FairnessIT {
  private static final Duration SOON = Duration.ofSeconds(2);

  private final TenantId good = newTenant();
  private RelaysUnderTest relays;

  /** 128 places, 32 for each relay; 4 MB for each relay, where a mail of 300 KB takes 1.5 MB. */
  @BeforeEach
  void start() {
    relays =
        RelaysUnderTest.start(
            "--tallypost.delivery.max-in-flight=128",
            "--tallypost.delivery.max-bytes-in-flight=32MB",
            // Frozen for as long as the test takes.
            "--tallypost.delivery.relay.timeouts.open=2m",
            "--tallypost.delivery.relay.timeouts.before-dot=2m");
  }

  @AfterEach
  void stop() {
    relays.close();
  }

  @Test
  void goesOnWhileTheOnlyRelayThatWasUsedSinceTheStartIsFrozen() {
    frozen("frozen", 500, 20);

    goesOn();

    assertThat(relays.parked("saturated")).isPositive();
  }

  @Test
  void goesOnWhileTheRelaysOfFiveTenantsAreFrozen() {
    for (int i = 0; i < 5; i++) {
      // Each takes a quarter of the 128 places that the ones before it leave: 32, 24, 18, 13, 10.
      frozen("frozen-" + i, 100, 10);
    }

    goesOn();
  }

  @Test
  void goesOnWhileTestMailIsSlow() {
    TenantId testing = newTenant();
    IntStream.range(0, 1000).forEach(i -> relays.approve(slowTestMail(testing, i)));

    goesOn();
  }

  /** An unknown tenant that sends a mail now and then. */
  @Test
  void goesOnWhileALoudTenantGetsOnAsFastAsItsRelayTakesIt() {
    TenantId loud = newTenant();
    SmtpSink sink = relays.sink(SinkSettings.defaults());
    sink.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(300))
            : SmtpAnswer.accept());
    relays.set(relay(loud, "steady", sink.port(), 10));
    IntStream.range(0, 1000).forEach(_ -> relays.approve(mail(loud)));
    await().until(() -> sink.inbox().received() > 100);

    goesOn();
  }

  @Test
  void sendsFewLargeMailsAtOnceAndSmallOnesMeanwhile() {
    TenantId large = newTenant();
    SmtpSink slow = relays.sink(SinkSettings.defaults());
    slow.follow(stage ->
        stage instanceof SmtpStage.FinalDot
            ? SmtpAnswer.accept().after(Duration.ofMillis(500))
            : SmtpAnswer.accept());
    relays.set(relay(large, "slow", slow.port(), 10));
    List<SendRequested> mails =
        IntStream.range(0, 40)
            .mapToObj(_ -> relays.approve(mailOf(large, "x".repeat(300_000))))
            .toList();

    goesOn();

    assertThat(mails)
        .allSatisfy(mail -> assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class));
    assertThat(mails).allSatisfy(mail -> assertThat(received(slow, mail)).hasSize(1));
    assertThat(slow.connections()).as("sent at once").isLessThanOrEqualTo(2);
  }

  /** Another tenant's mail is sent soon, each of it. */
  private void goesOn() {
    SmtpSink sink = relays.sink(SinkSettings.defaults());
    relays.set(relay(good, "good", sink.port(), 10));
    List<SendRequested> mails = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      mails.add(relays.approve(mail(good)));
      await()
          .atMost(SOON)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> sink.inbox().received() == mails.size());
    }
    assertThat(mails).allSatisfy(mail -> assertThat(received(sink, mail)).hasSize(1));
  }

  /** So many mails for a relay that says nothing when it is told of one, on so many connections. */
  private void frozen(String name, int mails, int connections) {
    TenantId tenant = newTenant();
    SmtpSink sink = relays.sink(SinkSettings.defaults());
    sink.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    relays.set(relay(tenant, name, sink.port(), 10));
    IntStream.range(0, mails).forEach(_ -> relays.approve(mail(tenant)));
    await().until(() -> sink.openConnections() >= connections);
  }

  private static SendRequested slowTestMail(TenantId tenant, int number) {
    SendRequested live =
        mail(tenant, new EmailAddress("slow+" + number + "@" + SimulatedRelay.DOMAIN));
    EventContext context = live.context();
    return new SendRequested(
        EventContext.accepted(
            context.messageId(),
            context.submissionId(),
            tenant,
            context.apiKeyId(),
            Mode.TEST,
            context.lane(),
            context.acceptedAt()),
        live.fingerprint(),
        false,
        live.limits(),
        live.mail());
  }

  private static SendRequested mailOf(TenantId tenant, String text) {
    SendRequested small = mail(tenant);
    Mail like = small.mail();
    return new SendRequested(
        small.context(),
        small.fingerprint(),
        false,
        small.limits(),
        new Mail(
            like.from(),
            like.to(),
            like.cc(),
            like.bcc(),
            like.replyTo(),
            like.subject(),
            text.replaceAll("(.{70})", "$1\n"),
            null,
            like.headers()));
  }
}
