package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tallypost.stack.client.Client;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Alerts and dashboards ask for what is there, and alerts go off when they should. */
class MonitoringIT {

  @Test
  void theServicesExportEveryMetricThatIsAskedFor() {
    TallypostStack stack = TallypostStack.running();
    Client client = Client.withLimit(stack, "monitored", 10);
    String id =
        client
            .send(Map.of("to", "bob@example.org", "subject", "seen", "text", "hi"))
            .body()
            .path("id")
            .asString();
    client.awaitStatus(id, "delivered");

    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> assertThat(Metrics.of(stack).names()).containsAll(MonitoringFiles.metricNames()));
  }

  @Test
  void rulesRecordWhatIsAskedForOfThem() {
    assertThat(MonitoringFiles.recorded()).containsAll(MonitoringFiles.askedForOfRules());
  }

  @Test
  void everyAlertHasItsPlaceOnTheOperatorsPage() {
    assertThat(MonitoringFiles.runbooks())
        .isEqualTo(OperationsPage.alertAnchors())
        .hasSameSizeAs(MonitoringFiles.alerts());
    assertThat(MonitoringFiles.alerts())
        .allMatch(alert -> MonitoringFiles.runbooks().contains(alert.toLowerCase(ROOT)));
  }

  @Test
  void alertsGoOffWhenTheyShould() throws Exception {
    assumeTrue(isInstalled("promtool"), "promtool (Debian's package prometheus) is not installed");
    Process promtool =
        new ProcessBuilder("promtool", "test", "rules", "tests/alerts.yml")
            .directory(MonitoringFiles.PROMETHEUS.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
    assertThat(promtool.waitFor()).as(said).isZero();
  }

  private static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
