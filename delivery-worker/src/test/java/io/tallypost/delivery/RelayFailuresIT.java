package io.tallypost.delivery;

import static io.tallypost.delivery.RelaysUnderTest.mail;
import static io.tallypost.delivery.RelaysUnderTest.newTenant;
import static io.tallypost.delivery.RelaysUnderTest.received;
import static io.tallypost.delivery.RelaysUnderTest.relay;
import static io.tallypost.delivery.RelaysUnderTest.unusedPort;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpSink;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Relays that are dead or hang, and everybody's mail meanwhile. */
class RelayFailuresIT {
  private static RelaysUnderTest relays;

  private final TenantId tenant = newTenant();

  @BeforeAll
  static void start() {
    // Small, so that few mails for a hanging relay are more than it holds.
    relays = RelaysUnderTest.start("--tallypost.delivery.max-in-flight=64");
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
  void leavesADeadRelayInPeaceAndDrainsItWhenItIsBack() {
    int port = unusedPort();
    double before = relays.parked("breaker_open");
    relays.set(relay(tenant, "dead", port, 10));
    List<SendRequested> mails =
        IntStream.range(0, 40).mapToObj(_ -> relays.approve(mail(tenant))).toList();
    await().until(() -> relays.parked("breaker_open") > before);

    SmtpSink back = relays.sink(SinkSettings.defaults().withPort(port));

    assertThat(mails)
        .allSatisfy(mail -> assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class));
    assertThat(mails).allSatisfy(mail -> assertThat(received(back, mail)).hasSize(1));
  }

  @Test
  void sendsByOtherRelaysWhileOneHangs() {
    SmtpSink hanging = relays.sink(SinkSettings.defaults());
    hanging.follow(
        stage -> stage instanceof SmtpStage.MailFrom ? SmtpAnswer.mute() : SmtpAnswer.accept());
    relays.set(relay(tenant, "hanging", hanging.port(), 10));
    List<SendRequested> hung =
        IntStream.range(0, 100).mapToObj(_ -> relays.approve(mail(tenant))).toList();
    await().until(() -> hanging.connections() > 10);

    List<SendRequested> others =
        IntStream.range(0, 50).mapToObj(_ -> relays.approve(mail(newTenant()))).toList();

    // Well before the first of the hanging sends ends.
    await()
        .atMost(Duration.ofSeconds(4))
        .untilAsserted(() ->
            assertThat(others).allMatch(mail -> received(relays.standard(), mail).size() == 1));
    hanging.follow(_ -> SmtpAnswer.accept());
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(hanging.inbox().received()).isEqualTo(100));
    assertThat(hung)
        .allSatisfy(mail -> assertThat(relays.endOf(mail)).isInstanceOf(Delivered.class));
  }
}
