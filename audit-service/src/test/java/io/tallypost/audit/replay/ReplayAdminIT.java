package io.tallypost.audit.replay;

import static io.tallypost.audit.operator.Operator.REPLAYS;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.log.Wire;
import io.tallypost.audit.operator.PostgresFault;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.testing.Committed;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An operator's way with replays, and what they bring back. */
class ReplayAdminIT extends ReplayIT {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Test
  void bringsAMailBackAsItWasWithANewAge() throws Exception {
    Instant yesterday = Instant.now().minus(Duration.ofHours(30));
    SendRequested request = operator.upstream().request(yesterday, BOB, CAROL);
    operator.upstream().die(request, Category.EXHAUSTED, 451, 0);
    await().until(() -> !operator.letters(request).isEmpty());
    Instant before = Instant.now();

    JsonNode job =
        operator.awaitDone(
            operator.post(
                REPLAYS,
                "{\"ids\":[\"%s\"],\"relay_id\":\"second\"}"
                    .formatted(operator.letterOf(request))));

    assertThat(job.path("matched").asInt()).isEqualTo(1);
    assertThat(job.path("replayed").asInt()).isEqualTo(1);
    assertThat(job.path("skipped").asInt()).isZero();
    var copies = copies(request);
    assertThat(copies).hasSize(1);
    var copy = copies.getFirst();
    assertThat(copy.value()).isEqualTo(EventJson.write(request));
    var headers = RecordHeaders.of(copy.headers());
    assertThat(headers.text(RecordHeaders.ORIGIN)).contains("replay");
    assertThat(headers.count(RecordHeaders.REPLAY_COUNT)).hasValue(1);
    assertThat(headers.text(RecordHeaders.RELAY)).contains("second");
    assertThat(headers.instant(RecordHeaders.AGE_FROM).orElseThrow()).isAfterOrEqualTo(before);
    assertThat(headers.addresses(RecordHeaders.REMAINING_RECIPIENTS)).containsExactly(BOB, CAROL);
    assertThat(headers.traceId()).contains(Wire.TRACE_ID);
    assertThat(headers.text(RecordHeaders.TRACEPARENT).orElseThrow())
        .doesNotContain("00f067aa0ba902b7");
    for (String gone :
        List.of(
            RecordHeaders.CATEGORY,
            RecordHeaders.REASON,
            RecordHeaders.ATTEMPTS,
            RecordHeaders.SOURCE_OFFSET,
            RecordHeaders.FAILED_RECIPIENTS,
            RecordHeaders.ATTEMPT)) {
      assertThat(headers.text(gone)).as(gone).isEmpty();
    }
    await().until(() -> operator.timeline(request).contains("replayed"));
    assertThat(operator.message(request).path("status").asString()).isEqualTo("approved");
    assertThat(operator.adminLog(job.path("id").asString())).containsExactly("replay.created");
    assertThat(operator.metrics())
        .containsPattern(
            "tallypost_messages_replayed_total\\{category=\"exhausted\",tenant=\"[^\"]+\"} [1-9]");
  }

  @Test
  void isDeliveredAfterAReplayAndAnotherLetterIfItFailsAgain() {
    SendRequested luckless = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested lucky = operator.dead(Category.PERMANENT, 550, BOB);
    operator.awaitDone(operator.post(REPLAYS, filter("")));

    operator.upstream().deliver(lucky, 1);
    operator.upstream().die(luckless, Category.PERMANENT, 550, 1);

    await().until(() -> operator.letters(luckless).size() == 2);
    operator.awaitStatus(lucky, "delivered");
    operator.awaitStatus(luckless, "failed");
    assertThat(operator.letterIds("state=waiting&tenant=" + operator.tenant()))
        .containsExactly(operator.letters(luckless).getLast());
  }

  /** The mark is no JSON for PostgreSQL. */
  @Test
  void takesABodyWithAByteOrderMark() {
    String letter = operator.letterOf(operator.dead(Category.PERMANENT, 550, BOB)).toString();

    JsonNode job =
        operator.awaitDone(operator.post(REPLAYS, "\ufeff {\"ids\": [\"%s\"]}".formatted(letter)));

    assertThat(job.path("replayed").asInt()).isEqualTo(1);
    assertThat(job.at("/request/ids/0").asString()).isEqualTo(letter);
  }

  @Test
  void pausesResumesAndCancels() {
    dead(4);
    String id = operator.post(REPLAYS, filter(",\"rate_per_second\":1")).path("id").asString();
    String path = REPLAYS + "/" + id;
    await().until(() -> operator.get(path).path("replayed").asInt() == 1);

    operator.post(path + "/pause", "");
    await().until(() -> lease(id) == null);
    int paused = operator.get(path).path("replayed").asInt();
    assertThat(operator.get(path).path("state").asString()).isEqualTo("paused");
    assertThat(operator.letterIds("state=claimed&tenant=" + operator.tenant())).hasSize(4 - paused);
    operator.post(path + "/resume", "");
    await().until(() -> operator.get(path).path("replayed").asInt() == paused + 1);
    operator.post(path + "/cancel", "");
    await().until(() -> operator.get(path).has("finished_at"));

    int replayed = operator.get(path).path("replayed").asInt();
    assertThat(operator.get(path).path("state").asString()).isEqualTo("cancelled");
    assertThat(operator.letterIds("state=waiting&tenant=" + operator.tenant()))
        .hasSize(4 - replayed);
    assertThat(operator.call("POST", path + "/resume", "").statusCode()).isEqualTo(409);
    assertThat(operator.adminLog(id))
        .containsExactly("replay.created", "replay.paused", "replay.running", "replay.cancelled");
  }

  @Test
  void saysThatAReplayMayBePausedWherePostgresLostTheCommit() {
    dead(4);
    String id = operator.post(REPLAYS, filter(",\"rate_per_second\":1")).path("id").asString();
    String path = REPLAYS + "/" + id;

    HttpResponse<String> paused;
    try (var _ = PostgresFault.losesTheNextCommitAbout(operator.jdbc(), id)) {
      paused = operator.call("POST", path + "/pause", "");
    }

    assertThat(paused.statusCode()).as(paused.body()).isEqualTo(503);
    assertThat(paused.body()).contains("\"unconfirmed\"");
    assertThat(paused.headers().firstValue("Retry-After")).isEmpty();
    operator.post(path + "/cancel", "");
  }

  @Test
  void replaysForSomeOfTheRecipients() throws Exception {
    SendRequested both = operator.dead(Category.PERMANENT, 550, BOB, CAROL);
    SendRequested bob = operator.dead(Category.PERMANENT, 550, BOB);

    JsonNode job =
        operator.awaitDone(
            operator.post(REPLAYS, filter(",\"recipients\":[\"%s\"]".formatted(CAROL.value()))));

    assertThat(job.path("matched").asInt()).isEqualTo(1);
    assertThat(
            RecordHeaders.of(copies(both).getFirst().headers())
                .addresses(RecordHeaders.REMAINING_RECIPIENTS))
        .containsExactly(CAROL);
    assertThat(copies(bob)).isEmpty();
    await().until(() -> operator.timeline(both).contains("replayed"));
    var recipients = operator.message(both).path("recipients");
    assertThat(recipients.path(0).path("status").asString()).isEqualTo("failed");
    assertThat(recipients.path(1).path("status").asString()).isEqualTo("approved");
  }

  @Test
  void returnsWhatCouldNotBeReadToWhereItCameFrom() {
    String key = UUID.randomUUID().toString();
    byte[] garbage = {0, 1, (byte) 0xff, '{'};
    List<String> topics = List.of(Topics.DECISIONS, "mail.retry.77s.v1", Topics.API_KEYS);
    for (String topic : topics) {
      var source =
          new ConsumerRecord<byte[], byte[]>(topic, 0, 5, (key + topic).getBytes(UTF_8), garbage);
      source.headers().add("own", new byte[] {0, (byte) 0xc3});
      operator.upstream().send(DeadLetterRecords.poisonRecord(source, "nul \0 in it"));
    }
    List<String> ids =
        topics.stream().map(topic -> operator.awaitLetters(key + topic, 1).getFirst()).toList();

    JsonNode job =
        operator.awaitDone(operator.post(REPLAYS, JSON.writeValueAsString(Map.of("ids", ids))));

    assertThat(job.path("replayed").asInt()).isEqualTo(1);
    assertThat(job.path("skipped").asInt()).isEqualTo(2);
    var returned = Committed.on(Topics.DECISIONS, key + Topics.DECISIONS);
    assertThat(returned).hasSize(1);
    assertThat(returned.getFirst().value()).isEqualTo(garbage);
    assertThat(returned.getFirst().headers().lastHeader("own").value())
        .isEqualTo(new byte[] {0, (byte) 0xc3});
    assertThat(returned.getFirst().headers().lastHeader(RecordHeaders.SOURCE_TOPIC)).isNull();
    // It is as unreadable as before: another letter, from its new place.
    assertThat(operator.awaitLetters(key + Topics.DECISIONS, 2)).contains(ids.getFirst());
  }

  @Test
  void leavesOutWhatKafkaFindsTooLarge() {
    SendRequested before = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested large = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested after = operator.dead(Category.PERMANENT, 550, BOB);
    operator
        .jdbc()
        .update(
            "UPDATE audit.dead_letter SET value = convert_to(left(convert_from(value, 'UTF8'), -1) || ',\"padding\":\"' || repeat('x', 6000000) || '\"}', 'UTF8') WHERE id = ?::uuid",
            operator.letterOf(large));

    JsonNode job = operator.awaitDone(operator.post(REPLAYS, filter(",\"rate_per_second\":100")));

    assertThat(job.path("replayed").asInt()).isEqualTo(2);
    assertThat(job.path("skipped").asInt()).isEqualTo(1);
    assertThat(copies(before)).hasSize(1);
    assertThat(copies(after)).hasSize(1);
    assertThat(operator.letterIds("state=waiting&tenant=" + operator.tenant()))
        .containsExactly(operator.letterOf(large));
  }

  @Test
  void countsOnlyInADryRun() {
    dead(3);

    JsonNode counts = operator.post(REPLAYS, filter(",\"dry_run\":true"));

    assertThat(counts.path("total").asInt()).isEqualTo(3);
    assertThat(counts.path("by_category").path("permanent").asInt()).isEqualTo(3);
    assertThat(counts.path("by_tenant").path(operator.tenant().value()).asInt()).isEqualTo(3);
    assertThat(operator.letterIds("state=waiting&tenant=" + operator.tenant())).hasSize(3);
  }

  @Test
  void namesAllThatIsWrongWithARequest() {
    HttpResponse<String> wrong =
        operator.call(
            "POST",
            REPLAYS,
            """
            {"filter":{"tennant":"x","category":"bad"},"ids":["1"],"rate_per_second":0,"relay_id":" ",
             "recipients":["nobody"],"more":1}
            """);
    HttpResponse<String> unknown =
        operator.call("POST", REPLAYS, "{\"ids\":[\"%s\"]}".formatted(UUID.randomUUID()));

    assertThat(wrong.statusCode()).isEqualTo(422);
    assertThat(wrong.body())
        .contains(
            "/filter/tennant",
            "/filter/category",
            "/ids/0",
            "/rate_per_second",
            "/relay_id",
            "/recipients/0",
            "/more",
            "either filter or ids");
    assertThat(unknown.statusCode()).isEqualTo(422);
    assertThat(operator.call("GET", REPLAYS + "/1", null).statusCode()).isEqualTo(404);
  }

  @Test
  void followsFromTheTopicsAgain() {
    List<SendRequested> dead = dead(2);
    String discarded = operator.letterOf(dead.getFirst());
    operator.post("/api/v1/admin/dead-letters/" + discarded + "/discard", "{\"reason\":\"old\"}");
    operator.awaitDone(operator.post(REPLAYS, filter("")));
    dead.forEach(request ->
        await()
            .until(() ->
                operator.timeline(request).stream()
                    .anyMatch(List.of("replayed", "discarded")::contains)));
    List<String> expected = states(dead);

    // As a new database would: what operators did first, then the letters, and all of it twice.
    operator
        .jdbc()
        .update("DELETE FROM audit.dead_letter_state WHERE letter_id = ANY (?::uuid[])", ids(dead));
    for (SendRequested request : dead) {
      for (String topic : List.of(Topics.OPERATIONS, Topics.DEAD_LETTER)) {
        Committed.on(topic, request.messageId().toString())
            .forEach(record ->
                operator
                    .upstream()
                    .send(
                        new ProducerRecord<>(
                            topic, null, record.key(), record.value(), record.headers())));
      }
    }

    await().until(() -> states(dead).equals(expected));
    assertThat(expected).hasSize(2);
  }

  private List<String> states(List<SendRequested> dead) {
    return operator
        .jdbc()
        .queryForList(
            "SELECT letter_id || state || changed_by || coalesce(job_id::text, '') || coalesce(reason, '') FROM audit.dead_letter_state WHERE letter_id = ANY (?::uuid[]) ORDER BY 1",
            String.class,
            ids(dead));
  }

  private String ids(List<SendRequested> dead) {
    return "{" + String.join(",", dead.stream().map(operator::letterOf).toList()) + "}";
  }

  private @Nullable Object lease(String job) {
    return operator
        .jdbc()
        .queryForMap("SELECT runner FROM audit.replay_job WHERE id = ?::uuid", job)
        .get("runner");
  }
}
