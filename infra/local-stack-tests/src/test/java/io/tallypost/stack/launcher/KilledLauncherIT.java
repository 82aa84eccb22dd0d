package io.tallypost.stack.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a launcher that was killed leaves behind. */
class KilledLauncherIT {
  @TempDir Path root;

  @Test
  void leavesNothingThatTheNextOneDoesNotEnd() throws Exception {
    try (var launcher = new LauncherUnderTest(root)) {
      launcher.start(Map.of(), "--no-demo");
      List<Long> left = LauncherUnderTest.pids(launcher.awaitReady());
      launcher.kill();
      assertThat(left).allMatch(LauncherUnderTest::isAlive);

      Files.delete(launcher.stackFile());
      launcher.start(Map.of(), "--no-demo");
      JsonNode next = launcher.awaitReady();

      assertThat(left).noneMatch(LauncherUnderTest::isAlive);
      assertThat(next.path("api_key").asString()).isEqualTo("sk_live_demo");
    }
  }
}
