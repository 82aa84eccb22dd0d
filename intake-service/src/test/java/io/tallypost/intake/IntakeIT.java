package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.relays.KeyRing;
import io.tallypost.kit.testing.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Intake as a whole, with a broker, a database, real HTTP, and quota's part played by the test. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "tallypost.keys.bcrypt-cost=4",
      "tallypost.topics.partitions=4",
      "tallypost.topics.small-partitions=2",
      // A slow machine must not turn a verdict into "queued".
      "tallypost.intake.verdict-wait=5s",
      // Nor a wait for one of the connections to PostgreSQL into 503.
      "spring.datasource.hikari.connection-timeout=10000",
      "tallypost.intake.public-url=https://mail.example/",
      // Tests play the proxy in front.
      "tallypost.keys.trusted-proxies=127.0.0.0/8",
      "tallypost.intake.requests-per-minute=1000",
      // All tests share the operator's key.
      "tallypost.keys.admin-calls-per-minute=100000",
      "tallypost.keys.tenant-changes-per-minute=100000",
      "tallypost.intake.reread-interval=300ms",
      "tallypost.intake.relay-test-wait=15s",
      "tallypost.intake.allow-domains=example.org,example.net,*.example,example.com",
    })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class IntakeIT {
  private static final Path OPERATOR_KEY = Path.of("target", "operator-key-" + UUID.randomUUID());

  /** A key that was the first one until there was {@link #KEYS}. */
  static final String EARLIER_KEY = KeyRing.newKey("earlier");

  private static final String PRESENT_KEY = KeyRing.newKey("present");

  /** The keys that intake has. */
  static final KeyRing KEYS = KeyRing.of(List.of(PRESENT_KEY, EARLIER_KEY));

  @LocalServerPort int port;

  /** A client with the operator's key. */
  Client operator;

  /** A client with an ordinary key, limit 1000 per day. */
  Client client;

  Quota quota;

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    Backends.addTo(registry);
    registry.add("tallypost.intake.operator-key-file", OPERATOR_KEY::toString);
    registry.add("tallypost.relays.encryption-keys", () -> PRESENT_KEY + "," + EARLIER_KEY);
  }

  @BeforeAll
  void begin() {
    quota = new Quota(Backends.kafka());
    operator = new Client(port, operatorKey());
    await().until(() -> operator.get("/api/v1/admin/api-keys").status() == 200);
    client = new Client(port, newKey(1000));
  }

  @AfterAll
  void end() {
    quota.close();
  }

  /** Makes a key with a name of its own. */
  String newKey(long dailyLimit) {
    var answer =
        operator.call(
            "POST",
            "/api/v1/admin/api-keys",
            """
            {"name": "%s", "daily_limit": %d, "default_from": "Acme <noreply@acme.example>"}
            """
                .formatted(UUID.randomUUID(), dailyLimit));
    assertThat(answer.status()).isEqualTo(201);
    return answer.text("api_key");
  }

  /** Makes a key out of a body without a name. */
  Client.Answer newKey(Client maker, String fields) {
    var answer =
        maker.call(
            "POST",
            "/api/v1/admin/api-keys",
            "{\"name\": \"%s\", %s}".formatted(UUID.randomUUID(), fields.replace('\'', '"')));
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(201);
    return answer;
  }

  static String operatorKey() {
    await().until(() -> Files.exists(OPERATOR_KEY));
    try {
      return Files.readString(OPERATOR_KEY).strip();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
