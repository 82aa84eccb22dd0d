package io.tallypost.deployment.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.FreePorts;
import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.PostgresServer;
import io.tallypost.stack.rest.RestClient;
import io.tallypost.stack.smtp.SmtpSink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The images as a platform runs them that allows little. Only where Docker answers and has the base
 * image, as {@code TALLYPOST_BASE_IMAGE} or the Dockerfile names it: nothing is pulled.
 */
class ImagesIT {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final List<String> SERVICES =
      List.of("intake-service", "quota-service", "delivery-worker", "audit-service");
  private static final String BASE =
      System.getenv().getOrDefault("TALLYPOST_BASE_IMAGE", "eclipse-temurin:25-jre");
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final List<String> containers = new ArrayList<>();

  @BeforeEach
  void build() {
    assumeThat(Docker.does("version")).as("Docker answers").isTrue();
    assumeThat(Docker.does("image", "inspect", BASE)).as("Docker has %s", BASE).isTrue();
    for (String service : SERVICES) {
      Docker.run(
          ROOT,
          List.of(
              "build",
              // Nothing is downloaded.
              "--network=none",
              "--file=infra/docker/Dockerfile",
              "--build-arg=SERVICE=" + service,
              "--build-arg=BASE=" + BASE,
              "--tag=" + image(service),
              "."));
    }
  }

  @AfterEach
  void removeContainers() {
    containers.forEach(container -> Docker.does("rm", "--force", container));
  }

  @Test
  void theFourDeliverAMailAsAnUnprivilegedUserOnAReadOnlyRoot(@TempDir Path directory)
      throws Exception {
    try (KafkaBroker kafka = KafkaBroker.start(directory.resolve("kafka"));
        PostgresServer postgres = PostgresServer.start(directory.resolve("postgres"));
        SmtpSink sink = SmtpSink.start()) {
      postgres.createDatabase("tallypost");
      Map<String, String> settings = new LinkedHashMap<>();
      settings.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
      settings.put("DATABASE_URL", postgres.jdbcUrl("tallypost"));
      settings.put("DATABASE_USER", postgres.user());
      settings.put("DATABASE_PASSWORD", postgres.password());
      settings.put("FROM_EMAIL", "hello@tallypost.test");
      settings.put("SMTP_HOST", sink.host());
      settings.put("SMTP_PORT", Integer.toString(sink.port()));
      settings.put("SMTP_SECURITY", "none");

      int port = FreePorts.next();
      settings.put("SERVER_PORT", Integer.toString(port));
      settings.put("OPERATOR_KEY_FILE", "/tmp/operator-key");
      String intake = start("intake-service", settings);
      settings.remove("OPERATOR_KEY_FILE");
      settings.put("SERVER_PORT", "0");
      SERVICES.stream().skip(1).forEach(service -> start(service, settings));
      containers.forEach(ImagesIT::awaitHealthy);

      RestClient api = RestClient.of("http://127.0.0.1:" + port);
      String operator =
          await().atMost(PATIENCE).until(() -> writtenKey(intake), key -> !key.isEmpty());
      assertThat(Docker.run("logs", intake)).doesNotContain(operator);
      String made = post(api.withKey(operator), "/api/v1/admin/api-keys", Map.of("name", "images"));
      String key = first("\"api_key\"\\s*:\\s*\"([^\"]+)\"", made);
      post(
          api.withKey(key),
          "/api/v1/send",
          Map.of("to", "bob@example.org", "subject", "Hello", "text", "From a container."));

      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(sink.inbox().received()).isEqualTo(1));
    }
  }

  /**
   * As a pod of the chart is: no rights, nothing to write but /tmp; on the network of this machine.
   */
  private String start(String service, Map<String, String> settings) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "run",
                "--detach",
                "--network=host",
                "--read-only",
                "--tmpfs=/tmp",
                "--cap-drop=ALL",
                "--security-opt=no-new-privileges",
                // A share of this machine's memory would be too much.
                "--env=JAVA_TOOL_OPTIONS=-Xmx384m",
                "--env=MANAGEMENT_PORT=" + FreePorts.next()));
    settings.forEach((name, value) -> command.add("--env=" + name + "=" + value));
    command.add(image(service));
    String container = Docker.run(Path.of("."), command).lines().toList().getLast();
    containers.add(container);
    return container;
  }

  private static void awaitHealthy(String container) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(Docker.run("inspect", "--format={{.State.Health.Status}}", container))
                .as(() -> Docker.run("logs", "--tail=30", container))
                .isEqualTo("healthy"));
    assertThat(Docker.run("exec", container, "id", "-u")).isEqualTo("1000");
    assertThat(Docker.does("exec", container, "mkdir", "/opt/tallypost/written")).isFalse();
  }

  private static String writtenKey(String container) {
    return Docker.does("exec", container, "test", "-e", "/tmp/operator-key")
        ? Docker.run("exec", container, "cat", "/tmp/operator-key")
        : "";
  }

  private static String first(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .findFirst()
        .orElse("");
  }

  private static String post(RestClient api, String path, Object body) {
    RestClient.Answer answer = api.post(path, body);
    assertThat(answer.status()).as(answer.text()).isBetween(200, 202);
    return answer.text();
  }

  private static String image(String service) {
    return "tallypost-test/" + service + ":it";
  }
}
