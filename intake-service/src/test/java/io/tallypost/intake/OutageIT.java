package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.EventJson;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.Scope;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Intake starts without its database, and its broker goes and comes back. One story, in order. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "tallypost.keys.bcrypt-cost=4",
      "tallypost.topics.partitions=2",
      "tallypost.topics.small-partitions=1",
      "tallypost.intake.verdict-wait=1s",
      "tallypost.intake.relay-test-wait=1s",
      "management.server.port=0",
    })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@DirtiesContext
class OutageIT {
  private static final String MAIL =
      """
      {"from": "alice@acme.example", "to": "bob@example.org", "subject": "Hello", "text": "Hello Bob."}
      """;
  private static final Path DIRECTORY = directory();
  private static final Path OPERATOR_KEY = DIRECTORY.resolve("operator-key");
  private static final KafkaBroker BROKER = KafkaBroker.start(DIRECTORY.resolve("kafka"));
  private static final PostgresServer DATABASE =
      PostgresServer.start(DIRECTORY.resolve("postgres"));

  @LocalServerPort int port;
  private Quota quota;
  private Client client;

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    DATABASE.createDatabase("tallypost");
    DATABASE.stop();
    registry.add("spring.kafka.bootstrap-servers", BROKER::bootstrapServers);
    registry.add("spring.datasource.url", () -> DATABASE.jdbcUrl("tallypost"));
    registry.add("spring.datasource.username", DATABASE::user);
    registry.add("spring.datasource.password", DATABASE::password);
    registry.add("tallypost.intake.operator-key-file", OPERATOR_KEY::toString);
  }

  @BeforeAll
  void begin() {
    quota = new Quota(BROKER.bootstrapServers());
    var token = ApiKeyToken.generate(Mode.LIVE, new SecureRandom());
    quota.publish(
        new ProducerRecord<>(
            Topics.API_KEYS,
            null,
            token.id().value().getBytes(UTF_8),
            EventJson.write(state(token)),
            RecordHeaders.empty().set(RecordHeaders.VERSION, 1).toKafka()));
    client = new Client(port, token.plaintext());
    await().until(() -> client.send("{}").status() == 422);
  }

  @AfterAll
  void end() {
    quota.close();
    BROKER.close();
    DATABASE.close();
  }

  private static ApiKeyState state(ApiKeyToken token) {
    return new ApiKeyState(
        ApiKeyState.SHAPE,
        1,
        token.id(),
        TenantId.DEFAULT,
        "from Kafka",
        token.mode(),
        Set.of(Scope.SEND, Scope.READ, Scope.OPERATOR),
        List.of(new ApiKeySecret(new BCryptPasswordEncoder(4).encode(token.secret()), null)),
        true,
        List.of(new QuotaLimit(QuotaPolicyName.KEY_DAY, 100)),
        (Mailbox) null);
  }

  @Test
  @Order(1)
  void acceptsMailWithoutItsDatabase() {
    assertThat(client.send(MAIL).status()).isEqualTo(202);
    var health = client.get("/api/v1/health");
    assertThat(health.status()).isEqualTo(200);
    assertThat(health.text("status")).isEqualTo("degraded");
    assertThat(health.body().path("accepts_mail").asBoolean()).isTrue();
    assertThat(health.body().path("parts").path("postgresql").asString()).isEqualTo("down");
    assertThat(health.body().path("parts").path("kafka").asString()).isEqualTo("up");
    var admin = client.get("/api/v1/admin/api-keys");
    assertThat(admin.status()).isEqualTo(503);
    assertThat(admin.header("Retry-After")).isEqualTo("5");
    assertThat(client.get("/api/v1/admin/relays").status()).isEqualTo(503);
    assertThat(client.call("POST", "/api/v1/admin/relays/0/test", null).status()).isEqualTo(503);
  }

  @Test
  @Order(2)
  void managesKeysOnceTheDatabaseIsThere() {
    DATABASE.restart();

    await().until(() -> client.get("/api/v1/admin/api-keys").status() == 200);
    await().until(() -> Files.exists(OPERATOR_KEY));
    DATABASE.stop();
    assertThat(client.get("/api/v1/admin/api-keys").status()).isEqualTo(503);
    assertThat(client.send(MAIL).status()).isEqualTo(202);
  }

  @Test
  @Order(3)
  void saysThatNoWorkerTriesARelay() {
    DATABASE.restart();
    await().until(() -> client.get("/api/v1/admin/relays").status() == 200);
    var relay =
        client.call("POST", "/api/v1/admin/relays", "{\"name\": \"x\", \"host\": \"192.0.2.25\"}");

    var answer = client.call("POST", relay.header("Location") + "/test", null);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text("code")).isEqualTo("no_worker");
    assertThat(answer.header("Retry-After")).isEqualTo("5");
    DATABASE.stop();
  }

  @Test
  @Order(4)
  void answers503InTimeWhileTheBrokerStandsStill() throws IOException, InterruptedException {
    signal("STOP");
    long began = System.nanoTime();
    Client.Answer answer;
    Client.Answer health;
    Duration healthTook;
    try {
      answer = client.send(MAIL, "Idempotency-Key", "while-away");
      long asked = System.nanoTime();
      health = client.get("/api/v1/health");
      healthTook = Duration.ofNanos(System.nanoTime() - asked);
    } finally {
      signal("CONT");
    }

    assertThat(answer.status()).isEqualTo(503);
    // docs/production-checklist.md: intake answers within 10 s at the worst.
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    assertThat(answer.text("code")).isEqualTo("broker_unavailable");
    assertThat(answer.body().has("charged")).as("nobody knows").isFalse();
    assertThat(health.status()).isEqualTo(503);
    assertThat(health.text("status")).isEqualTo("degraded");
    assertThat(health.body().path("parts").path("kafka").asString()).isEqualTo("down");
    // docs/operations.md: it waits for its parts for 0.7 s.
    assertThat(healthTook).isLessThan(Duration.ofSeconds(3));
    assertThat(answer.text("detail")).contains("Idempotency-Key");
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
    await()
        .until(() ->
            client.send(MAIL, "Idempotency-Key", "while-away").text("status").equals("approved"));
    await().until(() -> client.get("/api/v1/health").status() == 200);
  }

  @Test
  @Order(5)
  void goesOnAfterTheBrokerWasKilledAndRestarted() {
    BROKER.kill();
    assertThat(client.send(MAIL).status()).isEqualTo(503);

    BROKER.restart();

    await().until(() -> client.send(MAIL).text("status").equals("approved"));
  }

  private static void signal(String name) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(BROKER.pid())).start().waitFor();
    assertThat(exit).isZero();
  }

  private static Path directory() {
    try {
      return Files.createTempDirectory(Files.createDirectories(Path.of("target")), "outage")
          .toAbsolutePath();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
