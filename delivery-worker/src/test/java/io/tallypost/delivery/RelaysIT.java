package io.tallypost.delivery;

import static io.tallypost.delivery.RelaysUnderTest.mail;
import static io.tallypost.delivery.RelaysUnderTest.newTenant;
import static io.tallypost.delivery.RelaysUnderTest.off;
import static io.tallypost.delivery.RelaysUnderTest.rate;
import static io.tallypost.delivery.RelaysUnderTest.received;
import static io.tallypost.delivery.RelaysUnderTest.relay;
import static io.tallypost.delivery.RelaysUnderTest.unusedPort;
import static io.tallypost.delivery.RelaysUnderTest.version;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.DeliveryOutcome.Failed;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.TenantState;
import io.tallypost.mail.EmailAddress;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SendingRate;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Which relay a mail goes by, how soon, and what that costs, as operators set it while a worker
 * runs.
 */
class RelaysIT {
  private static RelaysUnderTest relays;

  private final TenantId tenant = newTenant();

  @BeforeAll
  static void start() {
    relays = RelaysUnderTest.start();
  }

  @AfterEach
  void closeSinks() {
    relays.closeSinks();
  }

  @AfterAll
  static void stop() {
    relays.close();
  }

  @Test
  void sendsATenantsMailByItsOwnRelayAndOthersMailByTheDefaultOne() {
    SmtpSink own = relays.sink(SinkSettings.defaults());
    relays.set(relay(tenant, "own", own.port(), 10));

    SendRequested mine = relays.approve(mail(tenant));
    SendRequested others = relays.approve(mail(newTenant()));

    assertThat(relays.endOf(mine)).isInstanceOf(Delivered.class);
    assertThat(relays.endOf(others)).isInstanceOf(Delivered.class);
    assertThat(received(own, mine)).hasSize(1);
    assertThat(received(relays.standard(), mine)).isEmpty();
    assertThat(received(relays.standard(), others)).hasSize(1);
  }

  @Test
  void asksTheNextRelayWhenOneRefusesConnections() {
    SmtpSink second = relays.sink(SinkSettings.defaults());
    relays.set(relay(tenant, "first", unusedPort(), 10));
    relays.set(relay(tenant, "second", second.port(), 20));

    SendRequested mail = relays.approve(mail(tenant));

    assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(relays.endOf(mail).attempt().relay()).isEqualTo("second");
    assertThat(relays.endOf(mail).context().attempt()).isEqualTo(1);
    assertThat(received(second, mail)).hasSize(1);
  }

  @Test
  void hearsOfRelaysAfterARecordUnderAKeyThatIsNoId() {
    SmtpSink own = relays.sink(SinkSettings.defaults());
    RelayState relay = relay(tenant, "own", own.port(), 10);
    relays
        .queues()
        .put(
            new ProducerRecord<>(
                Topics.RELAYS, "no id\u0000".getBytes(UTF_8), EventJson.write(relay)));
    relays
        .queues()
        .put(new ProducerRecord<>(Topics.RELAYS, "no id either!".getBytes(UTF_8), new byte[] {1}));

    relays.set(version(relay, 2));

    assertThat(relays.endOf(relays.approve(mail(tenant)))).isInstanceOf(Delivered.class);
    assertThat(own.inbox().mails()).hasSize(1);
  }

  @Test
  void sendsAReplayThroughTheRelayThatItAsksFor() {
    SmtpSink usual = relays.sink(SinkSettings.defaults());
    SmtpSink asked = relays.sink(SinkSettings.defaults());
    relays.set(relay(tenant, "usual", usual.port(), 10));
    RelayState other = relay(tenant, "asked", asked.port(), 20);
    relays.set(other);

    SendRequested mail = mail(tenant);
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.REPLAY_COUNT, 1)
            .set(RecordHeaders.RELAY, other.id().value());
    relays.queues().approve(mail.messageId(), EventJson.write(mail), headers);

    assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(received(asked, mail)).hasSize(1);
    assertThat(received(usual, mail)).isEmpty();
  }

  @Test
  void holdsATenantsMailAndSendsItAfterwards() {
    double before = relays.parked("held");
    relays.hold(tenant, 1, true);
    SendRequested mail = relays.approve(mail(tenant));
    await().until(() -> relays.parked("held") >= before + 3);
    assertThat(received(relays.standard(), mail)).isEmpty();
    assertThat(relays.queues().outcomes(mail.messageId())).as("told once").hasSize(1);

    relays.hold(tenant, 2, false);

    assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class);
    assertThat(relays.endOf(mail).context().attempt()).isEqualTo(1);
    assertThat(received(relays.standard(), mail)).hasSize(1);
  }

  @Test
  void stopsTheMailOfADisabledTenantAsAHoldDoesAndSendsItAfterwards() {
    SmtpSink own = relays.sink(SinkSettings.defaults());
    relays.set(relay(tenant, "own", own.port(), 10));
    double before = relays.parked("tenant_disabled");
    relays.enable(tenant, 1, false);
    SendRequested mail = mail(tenant);
    SendRequested old = mail(tenant);
    relays.approve(mail);
    var pastItsAge =
        RecordHeaders.empty()
            .set(
                RecordHeaders.AGE_FROM,
                Instant.now().minus(WorkerUnderTest.MAX_AGE).minusSeconds(1));
    relays.queues().approve(old.messageId(), EventJson.write(old), pastItsAge);
    SendRequested others = relays.approve(mail(newTenant()));
    assertThat(relays.endOf(others)).as("nobody else's mail waits").isInstanceOf(Delivered.class);
    await().until(() -> relays.parked("tenant_disabled") >= before + 6);
    assertThat(own.inbox().mails()).isEmpty();
    assertThat(relays.queues().outcomes(mail.messageId())).as("told once").hasSize(1);

    relays.enable(tenant, 2, true);

    for (SendRequested each : List.of(mail, old)) {
      assertThat(relays.endOf(each)).isInstanceOf(Delivered.class);
      assertThat(relays.endOf(each).context().attempt()).isEqualTo(1);
      assertThat(received(own, each)).hasSize(1);
    }
  }

  @Test
  void neverSendsTheMailOfADeletedTenantAndEndsItAsADeadLetter() {
    double before = relays.parked("tenant_disabled");
    relays.enable(tenant, 1, false);
    SendRequested parked = relays.approve(mail(tenant));
    await().until(() -> relays.parked("tenant_disabled") > before);

    relays.set(TenantState.deleted(tenant, 2, Instant.now()));
    SendRequested late = relays.approve(mail(tenant));

    for (SendRequested each : List.of(parked, late)) {
      assertThat(relays.endOf(each)).isInstanceOf(Failed.class);
      var failed = (Failed) relays.endOf(each);
      assertThat(failed.category()).isEqualTo(DeadLetter.Category.PERMANENT);
      assertThat(failed.reason()).contains("tenant was deleted");
      assertThat(failed.recipients()).isEqualTo(each.mail().recipients());
      assertThat(relays.queues().deadLetters(each.messageId())).hasSize(1);
      assertThat(received(relays.standard(), each)).isEmpty();
    }
  }

  @Test
  void endsAsRelayConfigAtItsMaximumAgeWhereEveryRelayIsSwitchedOff() {
    relays.set(off(relay(tenant, "off", unusedPort(), 10)));

    SendRequested mail = mail(tenant);
    var old =
        RecordHeaders.empty()
            .set(
                RecordHeaders.AGE_FROM,
                Instant.now().minus(WorkerUnderTest.MAX_AGE).minusSeconds(1));
    relays.queues().approve(mail.messageId(), EventJson.write(mail), old);

    assertThat(relays.endOf(mail)).isInstanceOf(Failed.class);
    assertThat(((Failed) relays.endOf(mail)).category())
        .isEqualTo(DeadLetter.Category.RELAY_CONFIG);
    assertThat(relays.queues().deadLetters(mail.messageId())).hasSize(1);
  }

  @Test
  void sendsNoFasterThanARelayMayBeSentTo() {
    SmtpSink sink = relays.sink(SinkSettings.defaults());
    RelayState relay = relay(tenant, "paced", sink.port(), 10);
    relays.set(rate(relay, new SendingRate(5, null)));

    List<SendRequested> mails =
        IntStream.range(0, 20).mapToObj(_ -> relays.approve(mail(tenant))).toList();

    assertThat(mails)
        .allSatisfy(mail -> assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class));
    List<Instant> times =
        sink.inbox().mails().stream().map(ReceivedMail::receivedAt).sorted().toList();
    assertThat(times).hasSize(20);
    // Two windows meet in the worst case: ten in a second, so twenty take more than one.
    assertThat(Duration.between(times.getFirst(), times.getLast()))
        .isGreaterThan(Duration.ofSeconds(2));
  }

  @Test
  void countsWhatRelaysTakeForExactlyThoseWhomTheyAccept() {
    SmtpSink own = relays.sink(SinkSettings.defaults());
    own.follow(stage ->
        stage instanceof SmtpStage.Recipient to && to.address().startsWith("nobody")
            ? SmtpAnswer.reply(550, "5.1.1 no such user")
            : SmtpAnswer.accept());
    relays.set(relay(tenant, "priced", own.port(), 10));
    EmailAddress nobody = new EmailAddress("nobody@example.org");

    SendRequested good = relays.approve(mail(tenant));
    SendRequested half = relays.approve(mail(tenant, Examples.BOB, Examples.CAROL, nobody));
    SendRequested bad = relays.approve(mail(tenant, nobody));

    assertThat(relays.endOf(good).attempt().cost()).isEqualByComparingTo("0.25");
    assertThat(relays.endOf(half).attempt().cost()).isEqualByComparingTo("0.5");
    assertThat(relays.endOf(bad).attempt().cost()).isZero();
    // It is counted right after the outcome is written. Quarters add up exactly.
    await().untilAsserted(() -> assertThat(cost("priced")).isEqualTo(0.75));
  }

  private double cost(String relay) {
    return relays
        .worker()
        .part(MeterRegistry.class)
        .get("tallypost.cost")
        .tags("tenant", tenant.value(), "relay", relay)
        .counter()
        .count();
  }
}
