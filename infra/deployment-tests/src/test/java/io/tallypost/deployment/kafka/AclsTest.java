package io.tallypost.deployment.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rights that infra/kafka/acls.sh grants, by what it asks Kafka's tool for. */
class AclsTest {
  private static final Path SCRIPT = Path.of("..", "kafka", "acls.sh");

  @TempDir private Path directory;

  /**
   * A grant, as its arguments say it.
   *
   * @param prefixed whether it is for all topics whose names begin so
   */
  private record Grant(
      String principal, Set<String> operations, List<String> topics, boolean prefixed) {
    static Grant of(String line) {
      List<String> words = Arrays.asList(line.split(" "));
      return new Grant(
          after("--allow-principal", words).getFirst(),
          Set.copyOf(after("--operation", words)),
          after("--topic", words),
          after("--resource-pattern-type", words).contains("prefixed"));
    }

    private static List<String> after(String option, List<String> words) {
      return IntStream.range(0, words.size() - 1)
          .filter(i -> words.get(i).equals(option))
          .mapToObj(i -> words.get(i + 1))
          .toList();
    }

    boolean covers(String topic) {
      return topics.stream().anyMatch(prefixed ? topic::startsWith : topic::equals);
    }
  }

  /** Relays have sealed passwords, so only those read them who make them or log in with them. */
  @ParameterizedTest
  @CsvSource({
    "config.relays.v1, Read, intake worker",
    "config.relays.v1, Write, intake",
    "config.api-keys.v1, Read, audit intake quota worker",
    "config.api-keys.v1, Write, intake",
    "config.tenants.v1, Read, audit intake quota worker",
    "config.tenants.v1, Write, intake",
    "relay.tests.v1, Read, worker",
  })
  void grantsWhatEachServiceNeeds(String topic, String operation, String services)
      throws IOException, InterruptedException {
    assertThat(
            grants().stream()
                .filter(grant -> grant.operations().contains(operation) && grant.covers(topic))
                .map(grant -> grant.principal().replace("User:tallypost-", ""))
                .distinct()
                .sorted()
                .collect(Collectors.joining(" ")))
        .isEqualTo(services);
  }

  @Test
  void grantsNoTopicToEverybodyAndNothingByAll() throws IOException, InterruptedException {
    assertThat(grants()).isNotEmpty().allSatisfy(grant -> {
      assertThat(grant.principal()).startsWith("User:tallypost-");
      assertThat(grant.operations()).doesNotContain("All", "Alter", "AlterConfigs");
      assertThat(grant.topics()).doesNotContain("*", "");
    });
  }

  private List<Grant> grants() throws IOException, InterruptedException {
    Path asked = directory.resolve("asked");
    Path tool = directory.resolve("kafka-acls.sh");
    Files.writeString(tool, "#!/bin/sh\necho \"$@\" >> " + asked.toAbsolutePath() + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
    var script = new ProcessBuilder("bash", SCRIPT.toString()).inheritIO();
    script.environment().put("PATH", directory + ":" + script.environment().get("PATH"));
    script.environment().put("BROKERS", "localhost:9092");
    script.environment().put("ADMIN_PROPERTIES", "admin.properties");
    assertThat(script.start().waitFor()).isZero();
    return Files.readAllLines(asked).stream().map(Grant::of).toList();
  }
}
