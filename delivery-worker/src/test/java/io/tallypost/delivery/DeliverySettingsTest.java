package io.tallypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.relays.RelaySecurity;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class DeliverySettingsTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withUserConfiguration(Settings.class)
          .withPropertyValues("tallypost.delivery.relay.host=relay.example");

  @EnableConfigurationProperties(DeliverySettings.class)
  static class Settings {}

  @Test
  void needsARelayAndNothingElse() {
    runner.run(context -> {
      var settings = context.getBean(DeliverySettings.class);
      assertThat(settings.maxInFlight()).isEqualTo(256);
      assertThat(settings.bytesInFlight()).isEqualTo(Runtime.getRuntime().maxMemory() / 4);
      assertThat(settings.instance()).isNotBlank();
      assertThat(settings.relay().security()).isEqualTo(RelaySecurity.STARTTLS);
      assertThat(settings.retry().maxAge()).isEqualTo(Duration.ofDays(1));
      assertThat(settings.retry().delays()).hasSize(5).startsWith(Duration.ofSeconds(30));
    });
  }

  @Test
  void hidesThePassword() {
    runner
        .withPropertyValues(
            "tallypost.delivery.relay.user=u", "tallypost.delivery.relay.password=hunter2")
        .run(context ->
            assertThat(context.getBean(DeliverySettings.class).toString())
                .doesNotContain("hunter2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "relay.host=",
        "relay.port=0",
        "relay.port=65536",
        "relay.security=perhaps",
        "relay.user=only",
        "relay.password=only",
        "relay.max-connections=0",
        "relay.timeouts.dot=0s",
        "relay.timeouts.check=-1s",
        "relay.timeouts.per-recipient=-1s",
        "relay.timeouts.connect=31s",
        "relay.timeouts.before-dot=21m",
        "relay.timeouts.dot=25h",
        "relay.timeouts.per-recipient=25h",
        "relay.timeouts.command=21m",
        "relay.cost-per-recipient=-1",
        "relay.cost-per-recipient=0.0000001",
        "relay.cost-per-recipient=1000001",
        "max-in-flight=0",
        "drain-timeout=-1s",
        "revoke-timeout=0s",
        "revoke-timeout=5m",
        "relay-percent=0",
        "tenant-percent=0",
        "tenant-percent=101",
        "max-bytes-in-flight=100KB",
        "retry.delays=",
        "retry.delays=30s,0s",
        "retry.delays=60s,1m",
        "retry.longest-parking=29s",
        "retry.max-age=0s"
      })
  void stopsTheStartWhenASettingIsWrong(String setting) {
    runner
        .withPropertyValues("tallypost.delivery." + setting)
        .run(context -> assertThat(context).hasFailed());
  }
}
