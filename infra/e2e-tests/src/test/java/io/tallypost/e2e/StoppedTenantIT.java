package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What becomes of the queued mail of a tenant that is disabled or deleted. */
class StoppedTenantIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final int MAILS = 20;
  private static final Duration SOON = Duration.ofMinutes(1);

  private final String tenant = "stopped-" + System.nanoTime();
  private final String path = "/api/v1/admin/tenants/" + tenant;
  private final Client operator = Client.operator(STACK);

  @AfterEach
  void startAWorker() {
    if (STACK.services("worker").isEmpty()) {
      STACK.control("start", "worker");
    }
  }

  @Test
  void theMailOfADisabledTenantWaitsAndIsSentOnceWhenItIsEnabled() {
    Client client = Client.ofNewTenant(STACK, tenant, 1_000);
    STACK.control("stop", "worker");
    List<JsonNode> queued = send(client);
    disable();
    STACK.control("start", "worker");

    await().atMost(SOON).until(() -> count(queued, "deferred") == MAILS);
    assertThat(client.send(mail()).body().path("code").asString()).isEqualTo("tenant_disabled");
    assertThat(received(queued)).isEmpty();

    assertThat(operator.patch(path, Map.of("enabled", true)).status()).isEqualTo(200);

    await().atMost(SOON).until(() -> count(queued, "delivered") == MAILS);
    assertThat(received(queued)).as("each once").hasSize(MAILS).doesNotHaveDuplicates();
  }

  @Test
  void theMailOfADeletedTenantIsNeverSentAndItsIdIsNobodysForLong() {
    Client client = Client.ofNewTenant(STACK, tenant, 1_000);
    STACK.control("stop", "worker");
    List<JsonNode> queued = send(client);
    disable();
    assertThat(operator.delete("/api/v1/admin/api-keys/" + client.keyId()).status()).isEqualTo(204);

    Client.Answer deleted = operator.delete(path);

    assertThat(deleted.status()).isEqualTo(200);
    assertThat(deleted.body().path("queued_mail").asString()).contains("never sent");
    STACK.control("start", "worker");
    await().atMost(SOON).until(() -> count(queued, "failed") == MAILS);
    await().atMost(SOON).until(() -> letters().size() == MAILS);
    assertThat(letters())
        .allSatisfy(letter -> {
          assertThat(letter.path("category").asString()).isEqualTo("permanent");
          assertThat(letter.path("reason").asString()).contains("tenant was deleted");
        });
    assertThat(received(queued)).isEmpty();
    Client.Answer again =
        operator.post("/api/v1/admin/tenants", Map.of("id", tenant, "name", tenant));
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body().path("code").asString()).isEqualTo("tenant_id_reserved");
  }

  private static Map<String, Object> mail() {
    return Map.of("to", "bob@example.org", "subject", "stopped", "text", "hi");
  }

  private static List<JsonNode> send(Client client) {
    return IntStream.range(0, MAILS)
        .mapToObj(_ -> {
          Client.Answer answer = client.send(mail());
          assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
          return answer.body();
        })
        .toList();
  }

  private void disable() {
    assertThat(operator.patch(path, Map.of("enabled", false)).status()).isEqualTo(200);
  }

  private long count(List<JsonNode> mails, String status) {
    return mails.stream()
        .map(mail -> operator.get("/api/v1/messages/" + mail.path("id").asString()).body())
        .filter(message -> message.path("status").asString("").equals(status))
        .count();
  }

  private List<JsonNode> letters() {
    JsonNode page =
        operator.get("/api/v1/admin/dead-letters?limit=100&tenant=" + tenant).body().path("items");
    return StreamSupport.stream(page.spliterator(), false).toList();
  }

  private static List<String> received(List<JsonNode> mails) {
    Set<String> ids = new HashSet<>();
    mails.forEach(mail -> ids.add(mail.path("internet_message_id").asString()));
    return Received.internetMessageIds(STACK).stream().filter(ids::contains).toList();
  }
}
