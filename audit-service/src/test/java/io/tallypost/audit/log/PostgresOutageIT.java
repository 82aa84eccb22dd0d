package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.decided;
import static io.tallypost.audit.log.Lives.delivered;
import static io.tallypost.audit.log.Lives.posted;
import static io.tallypost.audit.log.Lives.took;
import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.kit.testing.Waits.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.AuditServiceApplication;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.Backends;
import io.tallypost.stack.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Without PostgreSQL the service waits, keeps its place in the group, and then misses nothing. */
@SpringBootTest(
    classes = AuditServiceApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "tallypost.keys.bcrypt-cost=4",
      "tallypost.audit.group=" + PostgresOutageIT.GROUP,
      "tallypost.audit.retry-after=200ms",
      "tallypost.audit.batch=50"
    })
@Import(AuditService.class)
@DirtiesContext
class PostgresOutageIT {
  static final String GROUP = "audit-outage-it";
  private static final int MESSAGES = 200;

  @TempDir static Path dir;

  @SuppressWarnings("NullAway") // set before the context starts
  private static PostgresServer postgres;

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    postgres = PostgresServer.start(dir);
    postgres.createDatabase("tallypost");
    Backends.addTo(
        registry,
        new Backends.Database(postgres.jdbcUrl("tallypost"), postgres.user(), postgres.password()));
  }

  @AfterAll
  static void stop() {
    postgres.close();
  }

  private final List<SendRequested> requests =
      IntStream.range(0, MESSAGES)
          .mapToObj(i -> posted(MessageId.next(Instant.now()), Instant.now(), MAIL))
          .toList();

  @Autowired private AuditService service;
  @Autowired private JdbcTemplate jdbc;

  @Test
  void waitsForPostgresInTheGroupAndMissesNothing() throws Exception {
    String reader = service.key(ACME, Scope.READ);
    requests.forEach(service::send);
    await().until(() -> count("message") > 0);
    String member = member();
    long letters = records(Topics.DEAD_LETTER);

    postgres.kill();
    for (SendRequested request : requests) {
      service.send(
          decided(request, Verdict.APPROVED), delivered(request, 0, 1, took(BOB), took(CAROL)));
    }
    var unavailable = service.get(requests.getFirst().messageId(), reader);
    assertThat(unavailable.statusCode()).isEqualTo(503);
    assertThat(unavailable.headers().firstValue("Retry-After")).isPresent();
    assertThat(service.manage("/health/readiness").statusCode()).isEqualTo(200);
    assertThat(service.manage("/health/liveness").statusCode()).isEqualTo(200);
    postgres.restart();

    await()
        .atMost(Duration.ofSeconds(30))
        // This test's own connections are from before the crash too.
        .ignoreExceptionsInstanceOf(DataAccessException.class)
        .untilAsserted(
            () -> assertThat(statuses()).isEqualTo(Map.of("delivered", (long) MESSAGES)));
    assertThat(count("timeline")).isEqualTo(3L * MESSAGES);
    assertThat(count("message_recipient")).isEqualTo(2L * MESSAGES);
    assertThat(member()).isEqualTo(member);
    assertThat(records(Topics.DEAD_LETTER)).isEqualTo(letters);
  }

  private Map<String, Long> statuses() {
    return jdbc
        .query(
            "SELECT status, count(*) FROM audit.message WHERE message_id = ANY(?::uuid[]) GROUP BY status",
            (row, number) -> Map.entry(row.getString(1), row.getLong(2)),
            ids())
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private long count(String table) {
    Long count =
        jdbc.queryForObject(
            "SELECT count(*) FROM audit." + table + " WHERE message_id = ANY(?::uuid[])",
            Long.class,
            ids());
    return count == null ? 0 : count;
  }

  /** Other tests' messages are on the same topics. */
  private String ids() {
    return requests.stream()
        .map(request -> request.messageId().toString())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String member() throws ExecutionException, InterruptedException {
    try (Admin admin = admin()) {
      var group = admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP);
      return requireNonNull(group).members().stream()
          .map(MemberDescription::consumerId)
          .sorted()
          .toList()
          .toString();
    }
  }

  private static long records(String topic) throws ExecutionException, InterruptedException {
    try (Admin admin = admin()) {
      var ends =
          IntStream.range(0, 6)
              .mapToObj(partition -> new TopicPartition(topic, partition))
              .collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
      return admin.listOffsets(ends).all().get().values().stream()
          .mapToLong(end -> end.offset())
          .sum();
    }
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
  }
}
