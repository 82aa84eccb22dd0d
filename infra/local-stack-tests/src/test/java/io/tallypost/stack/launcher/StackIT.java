package io.tallypost.stack.launcher;

import static io.tallypost.stack.launcher.LauncherUnderTest.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.stack.services.Role;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** How a stack starts, and how it ends. */
class StackIT {
  @TempDir Path root;
  private LauncherUnderTest launcher;

  @BeforeEach
  void prepare() throws IOException {
    launcher = new LauncherUnderTest(root);
  }

  @AfterEach
  void end() {
    launcher.close();
  }

  @Test
  void runsWhatItWasToldAndEndsAllOfIt() throws Exception {
    launcher.start(Map.of(), "--quotas", "2");
    JsonNode stack = launcher.awaitReady();

    assertThat(launcher.output())
        .contains("delivered")
        .contains("API key   sk_live_demo")
        .contains("curl -s " + stack.path("api").asString() + "/api/v1/send");
    assertThat(LauncherUnderTest.roles(stack))
        .containsExactly("intake 1", "quota 1", "quota 2", "worker 1", "audit 1");
    assertThat(stack.path("admin_key").asString()).isEqualTo("sk_live_operator");
    assertThat(Files.getPosixFilePermissions(launcher.stackFile()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    Path environment = root.resolve("data/env/worker.env");
    assertThat(Files.getPosixFilePermissions(environment))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(environment).content().containsPattern("(?m)^SMTP_PORT=\\d+$");
    assertThat(get(URI.create(stack.path("smtp").path("inbox").asString()).resolve("/count")))
        .contains("\"received\":0");
    List<Long> pids = LauncherUnderTest.pids(stack);
    assertThat(pids).hasSize(8).allMatch(LauncherUnderTest::isAlive);

    launcher.terminate();

    assertThat(pids).noneMatch(LauncherUnderTest::isAlive);
    assertThat(launcher.stackFile()).doesNotExist();
  }

  @Test
  void aFailedStartShowsWhyAndLeavesNothing() throws Exception {
    launcher.start(Map.of("FAKE_FAILURE", "no luck"));

    assertThat(launcher.exitCode()).isEqualTo(1);
    assertThat(launcher.output())
        .containsPattern(
            "stack: \\w+ 1 ended with exit code 1; its log ends:\ncannot start: no luck");
    assertThat(launcher.stackFile()).doesNotExist();
    assertThat(Files.readAllLines(root.resolve("data/pids")))
        .isNotEmpty()
        .map(line -> Long.parseLong(line.split(" ", -1)[0]))
        .noneMatch(LauncherUnderTest::isAlive);
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Files.delete(root.resolve(Role.AUDIT.jar()));
    launcher.start(Map.of());

    assertThat(launcher.exitCode()).isEqualTo(2);
    assertThat(launcher.output())
        .isEqualTo(
            "stack: audit-service/target/audit-service.jar is missing: run `make build` first\n");
  }
}
