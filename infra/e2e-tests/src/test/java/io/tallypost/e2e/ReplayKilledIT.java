package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A replay goes on behind where its process was killed. */
class ReplayKilledIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final String REPLAYS = "/api/v1/admin/replays";
  private static final String DOMAIN = "replay-killed.example";

  /** 1 000 in the long form, at 100 a second with two kills. */
  private static final int MAILS = Integer.getInteger("tallypost.replay.letters", 200);

  private static final int RATE = Integer.getInteger("tallypost.replay.rate", 50);
  private static final int KILLS = Integer.getInteger("tallypost.replay.kills", 1);

  private final Client operator = Client.operator(STACK);

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
  }

  @Test
  void deliversEachLetterOnceThoughItsProcessIsKilled() {
    STACK.sink().follow(ReplayKilledIT::refuse);
    Client client = Client.withLimit(STACK, "replay", 2 * MAILS);
    Set<String> expected = sendAll(client);
    await().atMost(Duration.ofSeconds(60)).until(() -> total() == MAILS);
    STACK.sink().follow(SmtpScript.ACCEPT);
    JsonNode usage = client.get("/api/v1/usage").body().path("policies");

    List<String> jobs = List.of(replay(), replay());
    for (int kill = 1; kill <= KILLS; kill++) {
      int progress = kill * MAILS / (KILLS + 1) / 2;
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> replayed(jobs.getFirst()) > progress);
      STACK.killNow("audit");
      STACK.control("start", "audit");
    }

    int replayed = 0;
    for (String job : jobs) {
      JsonNode done =
          await()
              .atMost(Duration.ofSeconds(60))
              .pollInterval(Duration.ofMillis(500))
              .until(
                  () -> operator.get(REPLAYS + "/" + job).body(), body -> body.has("finished_at"));
      replayed += done.path("replayed").asInt();
    }
    assertThat(replayed).isEqualTo(MAILS);
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> received(expected).size() >= MAILS);
    assertThat(received(expected)).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(client.get("/api/v1/usage").body().path("policies")).isEqualTo(usage);
  }

  private int replayed(String job) {
    return operator.get(REPLAYS + "/" + job).body().path("replayed").asInt();
  }

  private String replay() {
    var job =
        operator.post(
            REPLAYS, Map.of("filter", Map.of("recipient_domain", DOMAIN), "rate_per_second", RATE));
    assertThat(job.status()).as(job.body().toString()).isEqualTo(201);
    return job.body().path("id").asString();
  }

  private int total() {
    return operator
        .post(REPLAYS, Map.of("filter", Map.of("recipient_domain", DOMAIN), "dry_run", true))
        .body()
        .path("total")
        .asInt();
  }

  private static List<String> received(Set<String> ids) {
    return Received.internetMessageIds(STACK).stream().filter(ids::contains).toList();
  }

  private static SmtpAnswer refuse(SmtpStage stage) {
    return stage instanceof SmtpStage.Recipient ? SmtpAnswer.reply(550, "no") : SmtpAnswer.accept();
  }

  private static Set<String> sendAll(Client client) {
    return new TreeSet<>(
        Parallel.calls(
            16,
            MAILS,
            _ -> {
              Client.Answer answer =
                  client.post(
                      "/api/v1/send",
                      Map.of("to", "bob@" + DOMAIN, "subject", "replay", "text", "hi"),
                      "Prefer",
                      "respond-async");
              assertThat(answer.status()).isEqualTo(202);
              return answer.body().path("internet_message_id").asString();
            }));
  }
}
