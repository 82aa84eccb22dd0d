package io.posthorn.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.posthorn.stack.client.Client;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A quota process that dies takes no decision with it, and makes none twice. */
class QuotaKilledIT {
  private static final PosthornStack STACK = PosthornStack.running();

  /** 50 in the long form: {@code -Dposthorn.quota.kills=50}. */
  private static final int KILLS = Integer.getInteger("posthorn.quota.kills", 3);

  /** About what is sent from one kill to the next, so that every kill finds approvals under way. */
  private static final int LIMIT = 150 * KILLS;

  private final AtomicBoolean stopped = new AtomicBoolean();
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();

  @AfterEach
  void oneProcess() {
    stopped.set(true);
    while (STACK.services("quota").size() > 1) {
      STACK.control("stop", "quota");
    }
  }

  @Test
  void usageIsTheNumberOfApprovedRecipientsWheneverItIsKilled() throws Exception {
    Client client = Client.withLimit(STACK, "quota-killed", LIMIT);
    STACK.control("start", "quota");
    STACK.sink().inbox().clear();
    Thread load = Thread.ofVirtual().start(() -> sendUntilStopped(client));

    for (int kill = 0; kill < KILLS; kill++) {
      int before = accepted.size();
      await().atMost(Duration.ofSeconds(60)).until(() -> accepted.size() >= before + 10);
      LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(Duration.ofMillis(200).toNanos()));
      STACK.killNow("quota");
      STACK.control("start", "quota");
    }
    stopped.set(true);
    load.join();

    List<String> fates = accepted.stream().map(id -> fate(client, id)).toList();
    long delivered = fates.stream().filter("delivered"::equals).count();
    System.out.printf(
        "quota killed %d times: %d accepted, %d delivered, %d rejected, usage %s%n",
        KILLS,
        fates.size(),
        delivered,
        fates.size() - delivered,
        client.get("/api/v1/usage").body().path("policies"));
    assertThat(client.get("/api/v1/usage").body().toString())
        .contains("\"used\":" + delivered + ",");
    assertThat(delivered).isLessThanOrEqualTo(LIMIT);
    assertThat(Received.internetMessageIds(STACK)).as("no mail twice").doesNotHaveDuplicates();
  }

  private void sendUntilStopped(Client client) {
    while (!stopped.get()) {
      Client.Answer answer =
          client.post(
              "/api/v1/send",
              Map.of("to", "bob@example.org", "subject", "quota killed", "text", "hi"),
              "Prefer",
              "respond-async");
      if (answer.status() == 202) {
        accepted.add(answer.body().path("id").asString());
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  /** Every accepted message comes to an end. */
  private static String fate(Client client, String id) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> List.of("delivered", "rejected").contains(status(client, id)));
    return status(client, id);
  }

  private static String status(Client client, String id) {
    return client.get("/api/v1/messages/" + id).body().path("status").asString();
  }
}
