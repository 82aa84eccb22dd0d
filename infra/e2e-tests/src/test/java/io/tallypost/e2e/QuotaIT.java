package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A daily limit holds to the unit, however many ask at once and however many processes decide. */
class QuotaIT {
  private static final TallypostStack STACK = TallypostStack.running();

  /** 20 in the long form: {@code -Dtallypost.quota.rounds=20}. */
  private static final int ROUNDS = Integer.getInteger("tallypost.quota.rounds", 1);

  /** In each round; one of five is granted. */
  private static final int REQUESTS = ROUNDS == 1 ? 2_000 : 5_000;

  private static final int LIMIT = REQUESTS / 5;

  @AfterEach
  void oneProcessOfEach() {
    for (String role : List.of("quota", "intake")) {
      while (STACK.services(role).size() > 1) {
        STACK.control("stop", role);
      }
    }
  }

  @Test
  void grantsExactlyTheLimit() {
    grantsTenOfTwenty("one");
  }

  @Test
  void grantsExactlyTheLimitWithTwoProcesses() {
    STACK.control("start", "quota");
    assertThat(STACK.services("quota")).hasSize(2);

    grantsTenOfTwenty("two");
  }

  @Test
  void grantsExactlyTheLimitToManyClientsAtTwoIntakes() {
    STACK.control("start", "quota");
    STACK.control("start", "intake");
    for (int round = 1; round <= ROUNDS; round++) {
      Client client = Client.withLimit(STACK, "many", LIMIT);

      List<Integer> statuses =
          Parallel.calls(64, REQUESTS, i -> client.send(mail("many", "bob@example.org")).status());

      Map<Integer, Long> counts =
          statuses.stream().collect(Collectors.groupingBy(status -> status, Collectors.counting()));
      System.out.printf("round %d of %d, answers: %s%n", round, ROUNDS, counts);
      assertThat(counts).isEqualTo(Map.of(202, (long) LIMIT, 429, (long) REQUESTS - LIMIT));
      assertThat(usage(client)).isEqualTo(LIMIT);
    }
  }

  @Test
  void countsEachRecipientOnceAndChargesARefusedMailNothing() {
    Client client = Client.withLimit(STACK, "boundary", 10);

    assertThat(client.send(mail("five", recipients(5))).status()).isEqualTo(202);
    // The same address twice is one recipient.
    var twice = Map.of("to", recipients(5), "cc", recipients(5), "subject", "five", "text", "hi");
    assertThat(client.send(twice).status()).isEqualTo(202);
    assertThat(usage(client)).isEqualTo(10);
    assertThat(client.send(mail("one", "bob@example.org")).status()).isEqualTo(429);
    assertThat(usage(client)).isEqualTo(10);
  }

  @Test
  void refusesAMailThatIsLargerThanWhatIsLeftAndGrantsOneThatFits() {
    Client client = Client.withLimit(STACK, "boundary", 10);

    assertThat(client.send(mail("eleven", recipients(11))).status()).isEqualTo(429);
    assertThat(client.send(mail("nine", recipients(9))).body().path("remaining").asInt())
        .isEqualTo(1);
    assertThat(client.send(mail("two", recipients(2))).status()).isEqualTo(429);
    Client.Answer last = client.send(mail("one", recipients(1)));
    assertThat(last.status()).isEqualTo(202);
    assertThat(last.body().path("remaining").asInt()).isZero();
  }

  @Test
  void aSenderOverItsLimitLeavesOneRecordAndIsServedAfterItsLimitIsRaised() {
    Client client = Client.ofNewTenant(STACK, "over-quota", 1);
    String repeat = UUID.randomUUID().toString();
    Map<String, Object> mail = mail("over", "bob@example.org");
    var approved = client.post("/api/v1/send", mail, "Idempotency-Key", repeat);
    assertThat(approved.status()).isEqualTo(202);

    List<Client.Answer> refused = Parallel.calls(1, 20, _ -> client.send(mail));

    assertThat(refused).allMatch(answer -> answer.status() == 429);
    assertThat(refused)
        .allSatisfy(answer ->
            assertThat(answer.body().path("violations"))
                .isEqualTo(refused.getFirst().body().path("violations")));
    var replayed = client.post("/api/v1/send", mail, "Idempotency-Key", repeat);
    assertThat(replayed.status()).isEqualTo(202);
    assertThat(replayed.body().path("id")).isEqualTo(approved.body().path("id"));
    client.awaitStatus(refused.getFirst().body().path("id").asString(), "rejected");
    client.awaitStatus(approved.body().path("id").asString(), "delivered");
    var rejected = client.get("/api/v1/messages?status=rejected&subject=over");
    assertThat(rejected.body().path("items").size()).as(rejected.body().toString()).isEqualTo(1);

    Client.operator(STACK)
        .patch("/api/v1/admin/api-keys/" + client.keyId(), Map.of("daily_limit", 2));

    assertThat(client.send(mail).status()).isEqualTo(202);
    assertThat(client.send(mail).status()).isEqualTo(429);
    assertThat(usage(client)).isEqualTo(2);
  }

  private static void grantsTenOfTwenty(String name) {
    Client client = Client.withLimit(STACK, "quota-" + name, 10);

    List<Client.Answer> answers =
        Parallel.calls(20, 20, i -> client.send(mail(name + " " + i, "bob@example.org")));

    assertThat(answers).filteredOn(answer -> answer.status() == 202).hasSize(10);
    assertThat(answers)
        .filteredOn(answer -> answer.status() == 429)
        .hasSize(10)
        .allSatisfy(refused -> {
          assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
              .isBetween(1L, Duration.ofDays(1).toSeconds());
          assertThat(refused.body().path("violations").toString()).contains("key_day");
        });
    assertThat(usage(client)).isEqualTo(10);
    List<String> ids =
        answers.stream()
            .filter(answer -> answer.status() == 202)
            .map(answer -> answer.body().path("internet_message_id").asString())
            .toList();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(ids)
                .allSatisfy(id -> assertThat(Received.byInternetMessageId(STACK, id)).hasSize(1)));
    assertThat(mailsWithSubject(name)).hasSize(10);
  }

  private static long usage(Client client) {
    for (JsonNode policy : client.get("/api/v1/usage").body().path("policies")) {
      if (policy.path("policy").asString().equals("key_day")) {
        return policy.path("used").asLong();
      }
    }
    throw new AssertionError("no key_day in the usage");
  }

  private static Map<String, Object> mail(String subject, String... recipients) {
    return mail(subject, List.of(recipients));
  }

  private static Map<String, Object> mail(String subject, List<String> recipients) {
    return Map.of("to", recipients, "subject", subject, "text", "hi");
  }

  private static List<String> recipients(int count) {
    return IntStream.range(0, count).mapToObj(i -> "r" + i + "@example.org").toList();
  }

  private static List<Received> mailsWithSubject(String name) {
    return STACK.sink().inbox().mails().stream()
        .map(Received::of)
        .filter(mail -> mail.subject().matches(name + " \\d+"))
        .toList();
  }
}
