package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.posted;
import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.MAIL;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.AuditServiceApplication;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.testing.Backends;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The whole service on a real broker and a real database: one for all tests that extend this. */
@SpringBootTest(
    classes = AuditServiceApplication.class,
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "tallypost.keys.bcrypt-cost=4",
      "tallypost.keys.admin-calls-per-minute=100",
      "tallypost.audit.group=audit-service-it",
      "tallypost.audit.reads-per-minute=" + WholeServiceIT.READS_PER_MINUTE
    })
@Import(AuditService.class)
abstract class WholeServiceIT {
  static final int READS_PER_MINUTE = 1000;

  @DynamicPropertySource
  static void backends(DynamicPropertyRegistry registry) {
    Backends.addTo(registry);
  }

  @Autowired ApplicationContext context;
  @Autowired AuditService service;
  @Autowired JdbcTemplate jdbc;

  final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
  final SendRequested request = posted(MessageId.next(now), now, MAIL);
  final MessageId id = request.messageId();
  String reader = "";

  @BeforeEach
  void key() {
    reader = service.key(ACME, Scope.READ);
  }

  double metric(String name, String topic) {
    String line = name + "{topic=\"" + topic + "\"} ";
    return service
        .manage("/metrics")
        .body()
        .lines()
        .filter(metric -> metric.startsWith(line))
        .mapToDouble(metric -> Double.parseDouble(metric.substring(line.length())))
        .findFirst()
        .orElse(-1);
  }

  long letters(String key) {
    return count(
        "SELECT count(*) FROM audit.dead_letter WHERE record_key = ?", key.getBytes(UTF_8));
  }

  long count(String table, MessageId message) {
    return count("SELECT count(*) FROM audit." + table + " WHERE message_id = ?", message.value());
  }

  long count(String sql, Object parameter) {
    Long count = jdbc.queryForObject(sql, Long.class, parameter);
    return count == null ? 0 : count;
  }
}
