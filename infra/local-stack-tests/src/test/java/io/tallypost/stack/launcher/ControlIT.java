package io.tallypost.stack.launcher;

import static io.tallypost.stack.launcher.LauncherUnderTest.PATIENCE;
import static io.tallypost.stack.launcher.LauncherUnderTest.get;
import static io.tallypost.stack.launcher.LauncherUnderTest.pid;
import static io.tallypost.stack.launcher.LauncherUnderTest.roles;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What other `stack` processes do to one that runs. */
class ControlIT {
  @TempDir Path root;

  @Test
  void addsStopsAndKillsOneAndGoesOn() throws Exception {
    try (var launcher = new LauncherUnderTest(root)) {
      launcher.start(Map.of(), "--no-demo");
      JsonNode before = launcher.awaitReady();
      URI api = URI.create(before.path("api").asString());

      assertThat(launcher.command("start", "audit")).contains("audit 2", "is ready");
      assertThat(roles(launcher.stack())).contains("audit 1", "audit 2");
      assertThat(launcher.command("kill", "audit", "1")).contains("audit 1", "is killed");
      assertThat(roles(launcher.stack())).contains("audit 2").doesNotContain("audit 1");
      assertThat(get(api.resolve("/api/v1/messages/x")))
          .isEqualTo(Long.toString(pid(launcher.stack(), "audit")));
      assertThat(launcher.command("stop", "audit")).contains("audit 2", "has stopped");
      assertThat(launcher.command("stop", "audit")).contains("no such audit is running");
      assertThat(launcher.command("start", "audit", "1")).contains("audit 1", "is ready");

      assertThat(launcher.command("kill", "kafka")).contains("kafka 1", "is killed");
      assertThat(launcher.command("start", "kafka")).contains("kafka 1", "is ready");
      JsonNode kafka = launcher.stack().path("kafka");
      assertThat(kafka.path("bootstrap")).isEqualTo(before.path("kafka").path("bootstrap"));
      assertThat(kafka.path("pids")).isNotEqualTo(before.path("kafka").path("pids"));

      ProcessHandle.of(pid(launcher.stack(), "worker")).orElseThrow().destroyForcibly();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(roles(launcher.stack())).doesNotContain("worker 1"));
      assertThat(launcher.output()).contains("worker 1   ended with exit code 137");
      assertThat(get(api.resolve("/api/v1/usage")))
          .isEqualTo(Long.toString(pid(launcher.stack(), "quota")));
    }
  }
}
