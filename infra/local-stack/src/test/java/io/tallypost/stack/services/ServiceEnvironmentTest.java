package io.tallypost.stack.services;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceEnvironmentTest {

  @Test
  void connectsTheWorkerToTheRelayAndNotToTheDatabase() {
    assertThat(environment(Map.of(), 1, true).of(Role.WORKER))
        .containsEntry("SMTP_PORT", "2525")
        .containsEntry("SMTP_SECURITY", "none")
        .containsEntry("KAFKA_REPLICATION_FACTOR", "1")
        .doesNotContainKeys("DATABASE_URL", "OPERATOR_KEY_FILE");
  }

  @Test
  void connectsTheOthersToTheDatabase() {
    assertThat(environment(Map.of(), 3, true).of(Role.INTAKE))
        .containsEntry("DATABASE_URL", "jdbc:postgresql://127.0.0.1:5432/tallypost")
        .containsEntry("DATABASE_USER", "tallypost_intake")
        .containsEntry("SPRING_FLYWAY_USER", "tallypost_owner")
        .containsEntry("OPERATOR_KEY_FILE", "/data/operator.key")
        .containsEntry("KAFKA_REPLICATION_FACTOR", "3")
        .containsEntry("KAFKA_MIN_INSYNC_REPLICAS", "2")
        .doesNotContainKeys("SMTP_HOST");
  }

  @Test
  void theCallersSettingsWinOverDefaults() {
    Map<String, String> given =
        Map.of("FROM_EMAIL", "me@acme.test", "PUBLIC_URL", "http://acme.test");

    assertThat(environment(given, 1, true).of(Role.INTAKE)).containsAllEntriesOf(given);
    assertThat(environment(Map.of(), 1, true).of(Role.INTAKE))
        .containsEntry("FROM_EMAIL", "hello@tallypost.test")
        .containsEntry("PUBLIC_URL", "http://127.0.0.1:8080");
  }

  @Test
  void aRealRelaysCredentialsStayAwayFromTheSink() {
    assertThat(environment(Map.of(), 1, true).of(Role.WORKER)).containsEntry("SMTP_PASSWORD", "");
    assertThat(environment(Map.of(), 1, false).of(Role.WORKER)).doesNotContainKey("SMTP_PASSWORD");
  }

  @Test
  void aSettingCanBeForOneRoleAlone() {
    Map<String, String> given =
        Map.of("STACK_AUDIT_DATABASE_URL", "jdbc:postgresql://proxy/tallypost");

    assertThat(environment(given, 1, true).of(Role.AUDIT))
        .containsEntry("DATABASE_URL", "jdbc:postgresql://proxy/tallypost");
    assertThat(environment(given, 1, true).of(Role.QUOTA))
        .containsEntry("DATABASE_URL", "jdbc:postgresql://127.0.0.1:5432/tallypost");
  }

  @Test
  void letsEachServiceOpenRelaysPasswordsAndReachRelaysHere() {
    for (Role role : Role.values()) {
      assertThat(environment(Map.of(), 1, true).of(role))
          .containsEntry("EMAIL_ENCRYPTION_KEY", "stack:a2V5")
          .containsEntry("ALLOW_INTERNAL_RELAYS", "true")
          .containsEntry("RELAY_PORTS", "1-65535");
    }
    Map<String, String> given =
        Map.of(
            "EMAIL_ENCRYPTION_KEY",
            "mine:a2V5",
            "ALLOW_INTERNAL_RELAYS",
            "false",
            "RELAY_PORTS",
            "25,587");
    assertThat(environment(given, 1, true).of(Role.WORKER)).containsAllEntriesOf(given);
  }

  @Test
  void isAFileForAProcessThatIsStartedElsewhere() {
    assertThat(environment(Map.of(), 1, true).file(Role.WORKER))
        .startsWith("ALLOW_INTERNAL_RELAYS=true\n")
        .contains("\nEMAIL_ENCRYPTION_KEY=stack:a2V5\n", "\nSMTP_PORT=2525\n")
        .endsWith("\n")
        // Nothing would remove a variable that is empty there.
        .doesNotContain("SMTP_PASSWORD");
  }

  private static ServiceEnvironment environment(
      Map<String, String> inherited, int brokers, boolean ownSink) {
    return new ServiceEnvironment(
        inherited,
        URI.create("http://127.0.0.1:8080"),
        "127.0.0.1:9092",
        brokers,
        "jdbc:postgresql://127.0.0.1:5432/tallypost",
        "postgres",
        new StackOptions.Relay("127.0.0.1", 2525),
        ownSink,
        Path.of("/data/operator.key"),
        "stack:a2V5");
  }
}
