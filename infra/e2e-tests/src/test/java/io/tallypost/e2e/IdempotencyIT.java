package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** One Idempotency-Key is one mail and one charge, however often it is posted. */
class IdempotencyIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final int CALLS = 32;

  /** 200 in the long form: {@code -Dtallypost.idempotency.keys=200}. */
  private static final int KEYS = Integer.getInteger("tallypost.idempotency.keys", 10);

  @Test
  void parallelRepeatsAreOneMailAndOneCharge() {
    Client client = Client.withLimit(STACK, "repeats", 1000);

    for (int i = 0; i < KEYS; i++) {
      String key = UUID.randomUUID().toString();
      List<Client.Answer> answers = Parallel.calls(CALLS, CALLS, call -> post(client, key, "hi"));

      assertThat(answers).allMatch(answer -> answer.status() == 202);
      assertThat(answers)
          .extracting(answer -> answer.body().path("id").asString())
          .containsOnly(answers.getFirst().body().path("id").asString());
      assertThat(answers)
          .extracting(Client.Answer::body)
          .as("every answer is the first one")
          .containsOnly(answers.getFirst().body());
      assertThat(answers.getFirst().body().path("remaining").asInt()).isEqualTo(1000 - i - 1);
      assertThat(answers)
          .filteredOn(answer -> answer.headers().firstValue("Idempotent-Replayed").isEmpty())
          .as("the first answer is no replay")
          .hasSize(1);
      String messageId = answers.getFirst().body().path("internet_message_id").asString();
      client.awaitStatus(answers.getFirst().body().path("id").asString(), "delivered");
      assertThat(Received.byInternetMessageId(STACK, messageId)).hasSize(1);
    }
    assertThat(client.get("/api/v1/usage").body().toString()).contains("\"used\":" + KEYS);
  }

  @Test
  void aKeyThatBelongsToAnotherMailIsRefused() {
    Client client = Client.withLimit(STACK, "reused", 10);
    String key = UUID.randomUUID().toString();
    assertThat(post(client, key, "hi").status()).isEqualTo(202);

    Client.Answer other = post(client, key, "something else");

    assertThat(other.status()).as("%s", other).isEqualTo(422);
    assertThat(other.body().path("code").asString()).isEqualTo("idempotency_key_reused");
    assertThat(client.get("/api/v1/usage").body().toString()).contains("\"used\":1");
  }

  @Test
  void aRefusedMailMayComeAgainUnderItsKey() {
    Client client = Client.withLimit(STACK, "again", 1);
    String key = UUID.randomUUID().toString();
    assertThat(client.send(Map.of("to", "bob@example.org", "subject", "s", "text", "t")).status())
        .isEqualTo(202);
    assertThat(post(client, key, "hi").status()).isEqualTo(429);

    Client.operator(STACK)
        .patch("/api/v1/admin/api-keys/" + client.keyId(), Map.of("daily_limit", 2));

    await().atMost(Duration.ofSeconds(10)).until(() -> post(client, key, "hi").status() == 202);
    assertThat(post(client, key, "hi").headers().firstValue("Idempotent-Replayed"))
        .hasValue("true");
  }

  private static Client.Answer post(Client client, String key, String text) {
    return client.post(
        "/api/v1/send",
        Map.of("to", "bob@example.org", "subject", "repeat", "text", text),
        "Idempotency-Key",
        key);
  }
}
