package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A change of a key holds at every intake process within five seconds. */
class KeyChangeIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final Duration EVERYWHERE = Duration.ofSeconds(5);

  /** Waiting asks again and again, and each asking sends: no limit may end the waiting first. */
  private static final int PLENTY = 100_000;

  private static final Map<String, Object> MAIL =
      Map.of("to", "bob@example.org", "subject", "key", "text", "hi");

  @BeforeAll
  static void twoIntakes() {
    STACK.control("start", "intake");
    assertThat(STACK.services("intake")).hasSize(2);
  }

  @AfterAll
  static void oneIntake() {
    STACK.control("stop", "intake");
  }

  @Test
  void aDisabledKeyIsRefusedAndAnEnabledOneTakenAgain() {
    Client client = Client.withLimit(STACK, "switched", PLENTY);
    expectEverywhere(client, 202);

    change(client, Map.of("enabled", false));
    expectEverywhere(client, 403);

    change(client, Map.of("enabled", true));
    expectEverywhere(client, 202);
  }

  @Test
  void aRevokedKeyIsRefused() {
    Client client = Client.withLimit(STACK, "revoked", PLENTY);
    expectEverywhere(client, 202);

    assertThat(Client.operator(STACK).delete("/api/v1/admin/api-keys/" + client.keyId()).status())
        .isEqualTo(204);

    expectEverywhere(client, 401);
  }

  @Test
  void aReplacedSecretWorksUntilItsOverlapEnds() {
    Client old = Client.withLimit(STACK, "rotated", PLENTY);
    expectEverywhere(old, 202);

    Client.Answer rotated =
        Client.operator(STACK)
            .post("/api/v1/admin/api-keys/" + old.keyId() + "/rotate", Map.of("overlap", 10));
    assertThat(rotated.status()).as(rotated.body().toString()).isEqualTo(200);
    Client renewed = old.withKey(rotated.body().path("api_key").asString());

    expectEverywhere(renewed, 202);
    expectEverywhere(old, 202);
    await()
        .atMost(Duration.ofSeconds(10).plus(EVERYWHERE))
        .untilAsserted(() -> expectNow(old, 401));
    expectEverywhere(renewed, 202);
  }

  @Test
  void anExpiredKeyIsRefused() {
    Client client = Client.withLimit(STACK, "expiring", PLENTY);
    expectEverywhere(client, 202);

    change(client, Map.of("expires_at", Instant.now().plusSeconds(3).toString()));

    await()
        .atMost(Duration.ofSeconds(3).plus(EVERYWHERE))
        .untilAsserted(() -> expectNow(client, 401));
  }

  private static void change(Client client, Map<String, Object> change) {
    assertThat(
            Client.operator(STACK)
                .patch("/api/v1/admin/api-keys/" + client.keyId(), change)
                .status())
        .isEqualTo(200);
  }

  private static void expectEverywhere(Client client, int status) {
    await().atMost(EVERYWHERE).untilAsserted(() -> expectNow(client, status));
  }

  private static void expectNow(Client client, int status) {
    List<String> intakes =
        STACK.services("intake").stream()
            .map(intake -> intake.path("api"))
            .map(JsonNode::asString)
            .toList();
    assertThat(intakes)
        .allSatisfy(intake -> assertThat(client.at(intake).send(MAIL).status()).isEqualTo(status));
  }
}
