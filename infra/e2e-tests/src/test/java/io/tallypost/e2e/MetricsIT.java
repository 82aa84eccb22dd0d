package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The metrics of all services tell how many mails had which fate, and so does the audit. */
class MetricsIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final List<String> FATES =
      List.of(
          "accepted",
          "approved",
          "rejected",
          "refused",
          "delivered",
          "deferred",
          "failed",
          "dead_lettered",
          "replayed");

  private static final String REPLAYS = "/api/v1/admin/replays";

  private static final int DELIVERED = 5;
  private static final int GREYLISTED = 2;
  private static final int REFUSED = 3;
  private static final int REJECTED = 4;

  private final Map<String, Integer> tries = new ConcurrentHashMap<>();

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
  }

  @Test
  void countersRiseByExactlyTheMailsOfEachFate() {
    STACK.sink().follow(this::answer);
    String tenant = "metrics";
    Client client = Client.ofNewTenant(STACK, tenant, DELIVERED + GREYLISTED + REFUSED);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(unseen(tenant)).as("not there at zero").isEmpty());
    assertThat(counts(Metrics.of(STACK), tenant).values()).containsOnly(0);

    List<String> ids = new ArrayList<>();
    ids.addAll(send(client, DELIVERED, "bob", 202));
    ids.addAll(send(client, GREYLISTED, "grey", 202));
    ids.addAll(send(client, REFUSED, "nobody", 202));
    ids.addAll(send(client, REJECTED, "bob", 429));
    assertThat(
            client
                .send(Map.of("to", "bob@metrics.example", "subject", "metrics", "text", "hi"))
                .status())
        .isEqualTo(429);

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() ->
            assertThat(fates(client, ids))
                .isEqualTo(
                    Map.of(
                        "delivered",
                        DELIVERED + GREYLISTED,
                        "failed",
                        REFUSED,
                        "rejected",
                        REJECTED)));
    // A worker counts right after its outcome is written, and the audit may be as quick.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(counts(Metrics.of(STACK), tenant))
                .isEqualTo(
                    Map.of(
                        "accepted",
                        DELIVERED + GREYLISTED + REFUSED,
                        "approved",
                        DELIVERED + GREYLISTED + REFUSED,
                        "rejected",
                        REJECTED,
                        "refused",
                        1,
                        "delivered",
                        DELIVERED + GREYLISTED,
                        "deferred",
                        2 * GREYLISTED,
                        "failed",
                        REFUSED,
                        "dead_lettered",
                        REFUSED,
                        "replayed",
                        0)));
    var metrics = Metrics.of(STACK);
    assertThat(
            metrics.sum(
                "tallypost_messages_failed_total",
                Map.of("tenant", tenant, "category", "permanent", "relay", "default")))
        .isEqualTo(REFUSED);
    assertThat(
            metrics.sum(
                "tallypost_messages_rejected_total", Map.of("tenant", tenant, "policy", "key_day")))
        .isEqualTo(REJECTED);
    assertThat(deferrals(client, ids)).isEqualTo(2 * GREYLISTED);
    assertThat(
            metrics.sum(
                "tallypost_quota_used", Map.of("policy", "key_day", "subject", client.keyId())))
        .isGreaterThanOrEqualTo(DELIVERED + GREYLISTED + REFUSED);

    STACK.sink().follow(SmtpScript.ACCEPT);
    replay(tenant);

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() ->
            assertThat(counts(Metrics.of(STACK), tenant))
                .containsEntry("replayed", REFUSED)
                .containsEntry("delivered", DELIVERED + GREYLISTED + REFUSED)
                .containsEntry("failed", REFUSED));
  }

  @Test
  void aGroupThatHasReadEverythingHasNoLag() {
    Client client = Client.withLimit(STACK, "lag", 10);
    List<String> ids = send(client, 1, "bob", 202);
    client.awaitStatus(ids.getFirst(), "delivered");

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> {
          var metrics = Metrics.of(STACK);
          for (String group : List.of("quota-service", "delivery-worker", "audit-service")) {
            assertThat(metrics.has("tallypost_consumer_lag_records", Map.of("group", group)))
                .isTrue();
            assertThat(metrics.sum("tallypost_consumer_lag_records", Map.of("group", group)))
                .as(group)
                .isZero();
          }
        });
  }

  @Test
  void everyMetricOfTheOperatorsPageIsThere() {
    Client client = Client.withLimit(STACK, "named", 10);
    client.awaitStatus(send(client, 1, "bob", 202).getFirst(), "delivered");

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(Metrics.of(STACK).names()).containsAll(OperationsPage.metricNames()));
  }

  /** Which of the tenant's series are not there at zero. */
  private static List<String> unseen(String tenant) {
    var metrics = Metrics.of(STACK);
    return FATES.stream()
        .filter(what -> !metrics.has(name(what), Map.of("tenant", tenant)))
        .toList();
  }

  private static Map<String, Integer> counts(Metrics metrics, String tenant) {
    Map<String, Integer> counts = new HashMap<>();
    for (String what : FATES) {
      counts.put(what, (int) metrics.sum(name(what), Map.of("tenant", tenant)));
    }
    return counts;
  }

  private static String name(String what) {
    return "tallypost_messages_" + what + "_total";
  }

  private static Map<String, Integer> fates(Client client, List<String> ids) {
    Map<String, Integer> fates = new HashMap<>();
    for (String id : ids) {
      String status = client.get("/api/v1/messages/" + id).body().path("status").asString();
      fates.merge(status, 1, Integer::sum);
    }
    return fates;
  }

  private static long deferrals(Client client, List<String> ids) {
    return ids.stream()
        .map(id -> client.get("/api/v1/messages/" + id).body().path("timeline"))
        .flatMap(timeline -> StreamSupport.stream(timeline.spliterator(), false))
        .filter(entry -> entry.path("event").asString().equals("deferred"))
        .count();
  }

  private static void replay(String tenant) {
    Client operator = Client.operator(STACK);
    Map<String, Object> filter = Map.of("tenant", tenant);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                operator
                    .post(REPLAYS, Map.of("filter", filter, "dry_run", true))
                    .body()
                    .path("total")
                    .asInt(),
            total -> total == REFUSED);
    JsonNode job = operator.post(REPLAYS, Map.of("filter", filter, "rate_per_second", 50)).body();
    assertThat(job.path("matched").asInt()).as(job.toString()).isEqualTo(REFUSED);
  }

  private static List<String> send(Client client, int mails, String to, int status) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < mails; i++) {
      Client.Answer answer =
          client.post(
              "/api/v1/send",
              Map.of("to", to + i + "@metrics.example", "subject", "metrics", "text", "hi"),
              // Without it intake does not even ask quota about a mail that is over its limit.
              "Idempotency-Key",
              UUID.randomUUID().toString());
      assertThat(answer.status()).as(answer.body().toString()).isEqualTo(status);
      ids.add(answer.body().path("id").asString());
    }
    return ids;
  }

  private SmtpAnswer answer(SmtpStage stage) {
    if (!(stage instanceof SmtpStage.Recipient recipient)) {
      return SmtpAnswer.accept();
    }
    String address = recipient.address();
    if (address.startsWith("nobody")) {
      return SmtpAnswer.reply(550, "5.1.1 no such user");
    }
    return address.startsWith("grey") && tries.merge(address, 1, Integer::sum) <= 2
        ? SmtpAnswer.reply(451, "4.7.1 try again later")
        : SmtpAnswer.accept();
  }
}
