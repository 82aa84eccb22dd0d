package io.posthorn.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A daily limit holds to the unit, however many ask at once and however many processes decide. */
class QuotaIT {
  private static final PosthornStack STACK = PosthornStack.running();

  @AfterEach
  void oneQuotaProcess() {
    while (STACK.services("quota").size() > 1) {
      STACK.control("stop", "quota");
    }
  }

  @Test
  void grantsExactlyTheLimit() throws Exception {
    grantsTenOfTwenty("one");
  }

  @Test
  void grantsExactlyTheLimitWithTwoProcesses() throws Exception {
    STACK.control("start", "quota");
    assertThat(STACK.services("quota")).hasSize(2);

    grantsTenOfTwenty("two");
  }

  private static void grantsTenOfTwenty(String name) throws Exception {
    Client client = Client.withLimit(STACK, "quota-" + name, 10);
    List<Callable<Client.Answer>> calls =
        IntStream.range(0, 20)
            .<Callable<Client.Answer>>mapToObj(i ->
                () ->
                    client.send(
                        Map.of("to", "bob@example.org", "subject", name + " " + i, "text", "hi")))
            .toList();
    List<Client.Answer> answers = new ArrayList<>();
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Client.Answer> answer : pool.invokeAll(calls)) {
        answers.add(answer.get());
      }
    }

    assertThat(answers).filteredOn(answer -> answer.status() == 202).hasSize(10);
    assertThat(answers)
        .filteredOn(answer -> answer.status() == 429)
        .hasSize(10)
        .allSatisfy(refused -> {
          assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
              .isBetween(1L, Duration.ofDays(1).toSeconds());
          assertThat(refused.body().toString()).contains("key_day");
        });
    assertThat(client.get("/api/v1/usage").body().toString()).contains("\"used\":10");

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

  private static List<Received> mailsWithSubject(String name) {
    return STACK.sink().inbox().mails().stream()
        .map(Received::of)
        .filter(mail -> mail.subject().matches(name + " \\d+"))
        .toList();
  }
}
