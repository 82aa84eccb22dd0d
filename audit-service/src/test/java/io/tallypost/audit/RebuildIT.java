package io.tallypost.audit;

import static io.tallypost.audit.operator.Operator.REPLAYS;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.Upstream;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.testing.Backends;
import io.tallypost.kit.testing.Committed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import tools.jackson.databind.JsonNode;

/** The log follows from the topics: emptied and read anew, it is the same. */
class RebuildIT {
  private static final String GROUP = "audit-rebuild-it";

  private final Backends.Database database = Backends.database();
  private final JdbcTemplate jdbc =
      new JdbcTemplate(
          new DriverManagerDataSource(database.jdbcUrl(), database.user(), database.password()));

  @Test
  void aRebuiltLogHasTheRowsThatItHadBefore() {
    byte[] garbage = {0, (byte) 0xff};
    String unreadable = UUID.randomUUID().toString();
    Operator operator;
    List<String> before;
    List<String> kept;
    try (var service = start("--server.port=0", "--management.server.port=0")) {
      operator = Operator.of(service);
      operator
          .upstream()
          .send(new ProducerRecord<>(Topics.DECISIONS, unreadable.getBytes(UTF_8), garbage));
      mailsOfEachFate(operator);
      var rebuild = service.getBean("rebuild", SmartLifecycle.class);
      pausedReplay(operator, rebuild);
      assertThatThrownBy(rebuild::start)
          .as("while the service runs")
          .hasMessageContaining("stop all audit-service processes");
      awaitLettersOfAll(operator, unreadable, 0);
      awaitAllRead(operator);
      before = rows();
      kept = otherRows();
    }
    int letters = Committed.on(Topics.DEAD_LETTER, unreadable).size();

    // It ends by itself.
    assertThat(start("--rebuild").isActive()).isFalse();

    List<String> after = rows();
    assertThat(without(after, before))
        .as("new rows; lost are %s", without(before, after))
        .isEmpty();
    assertThat(without(before, after)).as("lost rows").isEmpty();
    assertThat(otherRows()).isEqualTo(kept);
    assertThat(Committed.on(Topics.DEAD_LETTER, unreadable)).hasSize(letters);
    assertThat(before)
        .as("what is compared")
        .anyMatch(row -> row.contains("\"delivered\""))
        .anyMatch(row -> row.contains("\"partially_delivered\""))
        .anyMatch(row -> row.contains("\"rejected\""))
        .anyMatch(row -> row.contains("\"failed\""))
        .anyMatch(row -> row.contains("\"queued\""))
        .anyMatch(row -> row.startsWith("dead_letter_state") && row.contains("\"waiting\""))
        .anyMatch(row -> row.startsWith("dead_letter_state") && row.contains("\"claimed\""))
        .anyMatch(row -> row.startsWith("dead_letter_state") && row.contains("\"replayed\""))
        .anyMatch(row -> row.startsWith("dead_letter_state") && row.contains("\"discarded\""))
        .anyMatch(row -> row.startsWith("timeline") && row.contains("\"redriven\""));
    assertThat(letters).isPositive();
  }

  /** Written to the topics by quota, workers and operators. */
  private static void mailsOfEachFate(Operator operator) {
    Upstream upstream = operator.upstream();
    SendRequested delivered = upstream.accept(upstream.request(BOB));
    upstream.approve(delivered);
    upstream.deliver(delivered, 0);

    SendRequested late = upstream.accept(upstream.request(BOB, CAROL));
    upstream.approve(late);
    outcome(upstream, late, EventJson.write(Examples.deferred(late)));
    outcome(upstream, late, EventJson.write(Examples.delivered(late)));

    SendRequested half = upstream.accept(upstream.request(BOB, CAROL));
    upstream.approve(half);
    outcome(upstream, half, EventJson.write(Examples.deferred(half)));
    outcome(upstream, half, EventJson.write(Examples.failed(half)));

    SendRequested rejected = upstream.accept(upstream.request(BOB));
    reject(upstream, rejected);

    SendRequested forgotten =
        upstream.accept(upstream.request(Instant.now().minus(Duration.ofHours(2)), BOB));
    operator.awaitStatus(forgotten, "queued");
    operator.post(
        "/api/v1/admin/unaccounted/redrive", "{\"ids\":[\"%s\"]}".formatted(forgotten.messageId()));

    operator.dead(Category.EXHAUSTED, 451, BOB, CAROL);

    SendRequested saved = operator.dead(Category.PERMANENT, 550, BOB);
    SendRequested luckless = operator.dead(Category.PERMANENT, 550, BOB);
    for (SendRequested one : List.of(saved, luckless)) {
      operator.awaitDone(replay(operator, ids(operator.letterOf(one))));
    }
    upstream.deliver(saved, 1);
    upstream.die(luckless, Category.PERMANENT, 550, 1);

    discard(operator, operator.letterOf(operator.dead(Category.PERMANENT, 550, CAROL)));
    unreadableLetters(operator);

    // Two of these three wait again.
    operator.dead(3, Category.PERMANENT, 554, BOB);
    JsonNode cancelled =
        replay(
            operator,
            "{\"filter\":{\"tenant\":\"%s\",\"smtp_code\":554},\"rate_per_second\":1}"
                .formatted(operator.tenant()));
    operator.post(REPLAYS + "/" + cancelled.path("id").asString() + "/cancel", "");
    operator.awaitDone(cancelled);
  }

  /** One goes back to its topic, where it is as unreadable as before, and one is given up. */
  private static void unreadableLetters(Operator operator) {
    String key = UUID.randomUUID().toString();
    for (int offset = 1; offset <= 2; offset++) {
      var source =
          new ConsumerRecord<byte[], byte[]>(
              Topics.OUTCOMES, 0, Integer.MAX_VALUE - offset, key.getBytes(UTF_8), new byte[] {1});
      operator.upstream().send(DeadLetterRecords.poisonRecord(source, "no JSON"));
    }
    List<String> ids = operator.awaitLetters(key, 2);
    operator.awaitDone(replay(operator, ids(ids.getFirst())));
    awaitLettersOfAll(operator, key, 2);
    discard(operator, ids.getLast());
  }

  /** Most of its letters are claimed and not out. */
  private static void pausedReplay(Operator operator, SmartLifecycle rebuild) {
    operator.dead(20, Category.PERMANENT, 553, BOB);
    JsonNode job =
        replay(
            operator,
            "{\"filter\":{\"tenant\":\"%s\",\"smtp_code\":553},\"rate_per_second\":1}"
                .formatted(operator.tenant()));
    assertThatThrownBy(rebuild::start)
        .as("while a replay runs")
        .hasMessageContaining("1 replays are running");
    String id = job.path("id").asString();
    operator.post(REPLAYS + "/" + id + "/pause", "");
    await()
        .until(() ->
            operator
                    .jdbc()
                    .queryForList(
                        "SELECT id FROM audit.replay_job WHERE id = ?::uuid AND runner IS NULL", id)
                    .size()
                == 1);
  }

  private static void outcome(Upstream upstream, SendRequested request, byte[] value) {
    upstream.send(Upstream.record(Topics.OUTCOMES, request, value));
  }

  private static void reject(Upstream upstream, SendRequested request) {
    var context = request.context();
    var decided =
        new QuotaDecided(
            context.next(QuotaDecided.TYPE, context.acceptedAt().plusMillis(5), 0, 0),
            Verdict.REJECTED,
            1,
            List.of(
                new PolicyUsage(
                    QuotaPolicyName.KEY_DAY, 10, 10, context.acceptedAt().plusSeconds(60), true)),
            null);
    upstream.send(Upstream.record(Topics.DECISIONS, request, EventJson.write(decided)));
  }

  private static void discard(Operator operator, String letter) {
    operator.post("/api/v1/admin/dead-letters/" + letter + "/discard", "{\"reason\":\"obsolete\"}");
  }

  private static String ids(String letter) {
    return "{\"ids\":[\"%s\"]}".formatted(letter);
  }

  private static JsonNode replay(Operator operator, String body) {
    return operator.post(REPLAYS, body);
  }

  private static void awaitAllRead(Operator operator) {
    await()
        .until(() ->
            readers(operator).stream()
                .filter(group -> group.path("group").asString().equals(GROUP))
                .anyMatch(group -> group.path("backlog").asLong() == 0));
  }

  /** The services of this JVM's other tests read the same topics, and each writes a letter. */
  private static void awaitLettersOfAll(Operator operator, String key, int before) {
    await()
        .until(() ->
            Committed.on(Topics.DEAD_LETTER, key).size() >= before + readers(operator).size());
  }

  /** The groups of all audit services that run. */
  private static List<JsonNode> readers(Operator operator) {
    return operator
        .get("/api/v1/admin/status")
        .path("groups")
        .valueStream()
        .filter(group -> group.path("group").asString().startsWith("audit-"))
        .filter(group -> !group.path("members").isEmpty())
        .toList();
  }

  /** What follows from the topics, in no order but their own. */
  private List<String> rows() {
    return List.of(
            "timeline",
            "message",
            "message_recipient",
            "dead_letter",
            // Which place a letter had in its replay matters to the replay alone, until it is out.
            "(SELECT letter_id, state, changed_at, changed_by, job_id, reason,"
                + " CASE state WHEN 'claimed' THEN position END AS position FROM audit.dead_letter_state)")
        .stream()
        .flatMap(table -> rows(table).stream())
        .toList();
  }

  /** What no topic has. */
  private List<String> otherRows() {
    return List.of("replay_job", "admin_log").stream()
        .flatMap(table -> rows(table).stream())
        .toList();
  }

  private static List<String> without(List<String> rows, List<String> others) {
    var rest = new ArrayList<>(rows);
    rest.removeAll(Set.copyOf(others));
    return rest;
  }

  private List<String> rows(String table) {
    String name = table.startsWith("(") ? "dead_letter_state" : table;
    String source = table.startsWith("(") ? table : "audit." + table;
    return jdbc.queryForList(
        "SELECT '%s ' || row_to_json(t) FROM %s t ORDER BY 1".formatted(name, source),
        String.class);
  }

  private ConfigurableApplicationContext start(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--spring.kafka.bootstrap-servers=" + Backends.kafka(),
                "--spring.datasource.url=" + database.jdbcUrl(),
                "--spring.datasource.username=" + database.user(),
                "--spring.datasource.password=" + database.password(),
                "--tallypost.keys.bcrypt-cost=4",
                "--tallypost.audit.group=" + GROUP));
    arguments.addAll(List.of(more));
    return new SpringApplication(AuditServiceApplication.class)
        .run(AuditServiceApplication.withoutCallers(arguments.toArray(String[]::new)));
  }
}
