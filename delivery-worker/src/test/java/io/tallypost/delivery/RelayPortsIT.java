package io.tallypost.delivery;

import static io.tallypost.delivery.RelaysUnderTest.mail;
import static io.tallypost.delivery.RelaysUnderTest.newTenant;
import static io.tallypost.delivery.RelaysUnderTest.relay;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeliveryOutcome.Deferred;
import io.tallypost.events.DeliveryOutcome.Delivered;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.TenantId;
import io.tallypost.stack.smtp.SinkSettings;
import io.tallypost.stack.smtp.SmtpSink;
import org.junit.jupiter.api.Test;

/** Relays that were stored when the settings allowed other ports. */
class RelayPortsIT {

  @Test
  void connectsToNoPortThatIsNotAllowedNow() {
    try (var relays = RelaysUnderTest.start("--tallypost.relays.ports=25,465,587,2525")) {
      TenantId tenant = newTenant();
      SmtpSink forbidden = relays.sink(SinkSettings.defaults());
      relays.set(relay(tenant, "forbidden", forbidden.port(), 10));

      SendRequested waiting = relays.approve(mail(tenant));

      await()
          .untilAsserted(() ->
              assertThat(relays.queues().outcomes(waiting.messageId()))
                  .filteredOn(Deferred.class::isInstance)
                  .isNotEmpty()
                  .allSatisfy(outcome ->
                      assertThat(outcome.attempt().results().getFirst().error())
                          .contains(Integer.toString(forbidden.port()), "RELAY_PORTS")));
      assertThat(forbidden.connections()).isZero();
      // The relay of the worker's own settings may have any port.
      assertThat(relays.endOf(relays.approve(mail(newTenant())))).isInstanceOf(Delivered.class);
      relays.closeSinks();
    }
  }
}
