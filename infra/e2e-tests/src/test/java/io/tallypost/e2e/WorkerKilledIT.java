package io.tallypost.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.client.Client;
import io.tallypost.stack.smtp.SmtpAnswer;
import io.tallypost.stack.smtp.SmtpScript;
import io.tallypost.stack.smtp.SmtpStage;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A worker that dies takes no mail with it. */
class WorkerKilledIT {
  private static final TallypostStack STACK = TallypostStack.running();
  private static final int MAILS = 500;

  @AfterEach
  void acceptEverything() {
    STACK.sink().follow(SmtpScript.ACCEPT);
  }

  @Test
  void aNewWorkerDeliversWhatAKilledOneHadInFlight() {
    // Slow enough that the kill finds most of them on their way: 20 connections, a second each.
    STACK.sink().follow(WorkerKilledIT::slowly);
    Client client = Client.withLimit(STACK, "killed", 1000);
    long before = STACK.sink().inbox().received();
    Set<String> expected = sendAll(client);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> STACK.sink().inbox().received() >= before + 50);

    STACK.killNow("worker");
    long atTheKill = STACK.sink().inbox().received() - before;
    STACK.sink().follow(SmtpScript.ACCEPT);
    STACK.control("start", "worker");

    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() ->
            assertThat(new HashSet<>(Received.internetMessageIds(STACK))).containsAll(expected));
    List<String> received =
        Received.internetMessageIds(STACK).stream().filter(expected::contains).toList();
    System.out.printf(
        "worker killed with %d of %d mails delivered: 0 lost, %d copies%n",
        atTheKill, MAILS, received.size() - MAILS);
    assertThat(new HashSet<>(received)).hasSize(MAILS);
    assertThat(received.size() - MAILS)
        .as("copies: at most what was in flight")
        .isLessThanOrEqualTo(256);
  }

  private static SmtpAnswer slowly(SmtpStage stage) {
    return stage instanceof SmtpStage.FinalDot
        ? SmtpAnswer.accept().after(Duration.ofSeconds(1))
        : SmtpAnswer.accept();
  }

  private static Set<String> sendAll(Client client) {
    Set<String> ids =
        new HashSet<>(
            Parallel.calls(
                16,
                MAILS,
                _ -> {
                  Client.Answer answer =
                      client.post(
                          "/api/v1/send",
                          Map.of("to", "bob@example.org", "subject", "killed", "text", "hi"),
                          "Prefer",
                          "respond-async");
                  assertThat(answer.status()).isEqualTo(202);
                  return answer.body().path("internet_message_id").asString();
                }));
    assertThat(ids).hasSize(MAILS);
    return ids;
  }
}
