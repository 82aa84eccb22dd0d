package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What waits, and what does not. */
class LanesAndHoldsIT {
  private static final TallypostStack STACK = TallypostStack.running();

  /** 10 000 in the long form. */
  private static final int BULK = Integer.getInteger("tallypost.lanes.bulk", 1_500);

  private static final int HELD = 300;

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
    hold(false);
  }

  @Test
  void aTransactionalMailOvertakesTheBulkMailThatWaits() {
    // Twenty connections, a fifth of a second each: a hundred mails in a second.
    STACK
        .sink()
        .follow(stage ->
            stage instanceof SmtpStage.FinalDot
                ? SmtpAnswer.accept().after(Duration.ofMillis(200))
                : SmtpAnswer.accept());
    Client client = Client.withLimit(STACK, "lanes", BULK);
    STACK.control("stop", "worker");
    List<String> bulk = sendBulk();
    STACK.control("start", "worker");
    await().atMost(Duration.ofSeconds(60)).until(() -> delivered(bulk) >= 20);

    Instant accepted = Instant.now();
    String urgent = send(client, "transactional");
    await().atMost(Duration.ofSeconds(60)).until(() -> delivered(List.of(urgent)) == 1);

    long meanwhile = delivered(bulk);
    System.out.printf(
        "transactional mail delivered %d ms after its post, with %d of %d bulk mails still waiting%n",
        Duration.between(accepted, Instant.now()).toMillis(), BULK - meanwhile, BULK);
    assertThat(meanwhile).as("bulk mail delivered before it").isLessThan(BULK * 3L / 4);
    STACK.sink().follow(SmtpScript.ACCEPT);
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> delivered(bulk) == BULK);
    assertThat(copies(bulk)).isZero();
  }

  @Test
  void mailOfAHeldTenantWaitsAndIsSentOnceAfterwards() {
    Client client = Client.withLimit(STACK, "held", 10 * HELD);
    List<String> before = sendAll(client, "transactional", HELD);
    hold(true);
    awaitTheHold(client);

    List<String> during = sendAll(client, "transactional", HELD);
    assertThat(delivered(during)).isZero();
    hold(false);
    List<String> after = sendAll(client, "transactional", HELD);

    List<String> all = new ArrayList<>(before);
    all.addAll(during);
    all.addAll(after);
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> delivered(all) == all.size());
    assertThat(copies(all)).isZero();
  }

  /** The hold reaches the workers within seconds: a mail that waits shows that it has. */
  private static void awaitTheHold(Client client) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> {
          String id = client.send(mail("transactional")).body().path("id").asString();
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> !List.of("queued", "approved", "").contains(status(client, id)));
          return status(client, id).equals("deferred");
        });
  }

  private static String status(Client client, String id) {
    return client.get("/api/v1/messages/" + id).body().path("status").asString("");
  }

  private static void hold(boolean hold) {
    Client.Answer answer =
        Client.operator(STACK).patch("/api/v1/admin/tenants/default", Map.of("hold", hold));
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
  }

  private static Map<String, Object> mail(String lane) {
    return Map.of("to", "bob@example.org", "subject", "lanes", "text", "hi", "lane", lane);
  }

  private static String send(Client client, String lane) {
    Client.Answer answer = client.post("/api/v1/send", mail(lane), "Prefer", "respond-async");
    assertThat(answer.status()).as(answer.body().toString()).isEqualTo(202);
    return answer.body().path("internet_message_id").asString();
  }

  private static List<String> sendAll(Client client, String lane, int count) {
    return Parallel.calls(16, count, _ -> send(client, lane));
  }

  /** By a key for each thousand, or the guard against runaway clients would answer 429. */
  private static List<String> sendBulk() {
    List<Client> clients =
        IntStream.rangeClosed(0, BULK / 1000)
            .mapToObj(i -> Client.withLimit(STACK, "bulk " + i, BULK))
            .toList();
    return Parallel.calls(16, BULK, i -> send(clients.get(i % clients.size()), "bulk"));
  }

  private static long delivered(Collection<String> ids) {
    Set<String> received = new HashSet<>(Received.internetMessageIds(STACK));
    return ids.stream().filter(received::contains).count();
  }

  private static long copies(Collection<String> ids) {
    Set<String> sent = Set.copyOf(ids);
    return Received.internetMessageIds(STACK).stream().filter(sent::contains).count() - sent.size();
  }
}
