package io.tallypost.faults.crowd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tallypost.keys.ApiKeyToken;
import io.tallypost.mail.Mode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A crowd by itself, in its process. */
class CrowdIT {
  @TempDir private Path directory;

  @Test
  void troublesNobodyButItselfInABaseline() throws IOException {
    CrowdReport report;
    try (CrowdProcess crowd = CrowdProcess.start(plan(60), log())) {
      // Each of its members has asked after two seconds.
      await().pollDelay(Duration.ofSeconds(3)).until(crowd::isAlive);
      report = crowd.end();

      await().until(() -> !crowd.isAlive());
    }

    assertThat(report.answers()).containsOnlyKeys(Hostility.values());
    report.answers().forEach((kind, counts) -> assertThat(counts).as("%s", kind).containsKey(429));
  }

  @Test
  void endsByItself() throws IOException {
    try (CrowdProcess crowd = CrowdProcess.start(plan(1), log())) {
      await().until(() -> !crowd.isAlive());

      assertThatThrownBy(crowd::end).hasMessageContaining("ended too soon");
    }
  }

  private Path log() {
    return directory.resolve("crowd.log");
  }

  private static CrowdPlan plan(int seconds) {
    // Nobody listens there.
    var nowhere = URI.create("http://127.0.0.1:1");
    String key = ApiKeyToken.generate(Mode.LIVE, new SecureRandom()).plaintext();
    return new CrowdPlan(
            false, seconds, nowhere, nowhere, nowhere, key, key, List.of(key), List.of(key))
        .stubbed();
  }
}
