package io.tallypost.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.settings.SettingsContract;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings on the command line, without a broker or a relay. */
class SettingsTest {
  private final SettingsContract service =
      new SettingsContract(DeliveryWorkerApplication.class, "delivery-worker");

  @TempDir private Path folder;

  @Test
  void needsARelayAndNothingElse() {
    assertThat(
            service.run("--validate", "--tallypost.delivery.relay.host=relay.example").exitCode())
        .isZero();

    var said = service.run("--validate");

    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.mistakes())
        .containsExactly(
            "tallypost.delivery.relay.host (SMTP_HOST): must be the relay's host name");
  }

  @Test
  void listsAllTenMistakesOfAFile() throws Exception {
    Path file = folder.resolve("ten.yaml");
    Files.writeString(
        file,
        """
        server:
          port: http
        tallypost:
          topics:
            partitions: 0
          web:
            max-body: much
          delivery:
            max-in-flight: many
            drain-timeout: -1s
            drain-timeot: 30s
            retry:
              delays: 30s,30s
            relay:
              port: 70000
              security: perhaps
              password: hunter2
              host: relay.example
        """);

    var said = service.run("--validate", "--spring.config.additional-location=file:" + file);

    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.err()).doesNotContain("hunter2");
    assertThat(said.mistakes())
        .containsExactlyInAnyOrder(
            "server.port (SERVER_PORT): must be a port, 0 to 65535; it is \"http\"",
            "tallypost.topics.partitions (TALLYPOST_TOPICS_PARTITIONS): must be greater than or equal"
                + " to 1; it is \"0\"",
            "tallypost.web.max-body (TALLYPOST_WEB_MAX_BODY): must be a size, such as 512KB or 4MB;"
                + " it is \"much\"",
            "tallypost.delivery.max-in-flight (TALLYPOST_DELIVERY_MAX_IN_FLIGHT): must be a whole"
                + " number; it is \"many\"",
            "tallypost.delivery.drain-timeout (TALLYPOST_DELIVERY_DRAIN_TIMEOUT): must be longer than"
                + " zero; it is \"-1s\"",
            "tallypost.delivery.drain-timeot: there is no such setting; did you mean"
                + " tallypost.delivery.drain-timeout (TALLYPOST_DELIVERY_DRAIN_TIMEOUT)?",
            "tallypost.delivery.retry.delays (TALLYPOST_DELIVERY_RETRY_DELAYS): delays must be longer"
                + " than zero and each in the list once",
            "tallypost.delivery.relay.port (SMTP_PORT): must be less than or equal to 65535; it is"
                + " \"70000\"",
            "tallypost.delivery.relay.security (SMTP_SECURITY): must be one of starttls, tls, none;"
                + " it is \"perhaps\"",
            "tallypost.delivery.relay.password (SMTP_PASSWORD), tallypost.delivery.relay.user"
                + " (SMTP_USER): SMTP_USER and SMTP_PASSWORD must be set both or neither");
  }

  @Test
  void stopsTheStartAsWell() {
    var said = service.run("--tallypost.delivery.relay.host=relay.example", "--server.port=http");

    assertThat(said.exitCode()).isEqualTo(1);
    assertThat(said.mistakes()).hasSize(1);
  }

  @Test
  void showsWhatHoldsAndWhereItIsFromButNoSecrets() {
    var said =
        service.run(
            "--print-config",
            "--tallypost.delivery.relay.host=relay.example",
            "--tallypost.delivery.relay.user=tallypost",
            "--tallypost.delivery.relay.password=hunter2");

    assertThat(said.exitCode()).isZero();
    assertThat(said.out())
        .contains("tallypost.delivery.relay.host=relay.example  # command line")
        .contains("tallypost.delivery.relay.password=******  # command line")
        .contains("tallypost.delivery.relay.port=587  # default")
        .contains("tallypost.delivery.retry.max-age=24h  # default")
        .doesNotContain("hunter2");
  }

  @Test
  void hasItsSettingsInTheDocs() throws Exception {
    service.assertDocumented();
  }
}
