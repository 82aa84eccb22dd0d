package io.tallypost.audit.log;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.operator.Operator;
import io.tallypost.audit.operator.OperatorIT;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;

/** What is too old goes, and nothing else. */
class RetentionIT extends OperatorIT {
  private static final List<String> OF_MESSAGES =
      List.of("message", "message_recipient", "timeline");

  @Autowired private ApplicationContext context;
  @Autowired private Retention retention;
  @Autowired private JdbcTemplate jdbc;
  private final Instant now = Instant.now();

  @Test
  void dropsMessagesLettersReplaysAndNotesByTheirAge() {
    var operator = Operator.of(context);
    UUID oldMessage = message(operator, 32);
    UUID message = message(operator, 29);
    UUID oldLetter = letter(91);
    UUID letter = letter(89);
    UUID oldReplay = replay(366, true);
    UUID replay = replay(364, true);
    UUID pausedReplay = replay(400, false);
    UUID oldNote = note(366);
    UUID note = note(364);

    retention.apply(now);

    for (String table : OF_MESSAGES) {
      assertThat(count(table, "message_id", oldMessage)).as(table).isZero();
      assertThat(count(table, "message_id", message)).as(table).isPositive();
    }
    assertThat(count("dead_letter", "id", oldLetter)).isZero();
    assertThat(count("dead_letter_state", "letter_id", oldLetter)).isZero();
    assertThat(count("dead_letter", "id", letter)).isOne();
    assertThat(count("dead_letter_state", "letter_id", letter)).isOne();
    assertThat(count("replay_job", "id", oldReplay)).isZero();
    assertThat(count("replay_job", "id", replay)).isOne();
    assertThat(count("replay_job", "id", pausedReplay)).isOne();
    assertThat(count("admin_log", "subject_id", oldNote)).isZero();
    assertThat(count("admin_log", "subject_id", note)).isOne();
    jdbc.update("DELETE FROM audit.replay_job WHERE id = ?", pausedReplay);
  }

  private static UUID message(Operator operator, int days) {
    SendRequested request =
        operator.upstream().request(Instant.now().minus(Duration.ofDays(days)), BOB);
    operator.upstream().accept(request);
    await().until(() -> operator.message(request).path("status").asString().equals("queued"));
    return request.messageId().value();
  }

  private UUID letter(int days) {
    var id = UUID.randomUUID();
    jdbc.update(
        """
        INSERT INTO audit.dead_letter
          (id, replay_count, attempts, category, reason, recipients, source_topic, source_partition, source_offset,
           dead_at, partition, record_offset, headers)
        VALUES (?, 0, 1, 'poison', 'no JSON', '{}', 'mail.outcomes.v1', 0, 0, ?, 0, 0, '[]')
        """,
        id,
        ago(days));
    jdbc.update(
        "INSERT INTO audit.dead_letter_state (letter_id, state, changed_at) VALUES (?, 'waiting', ?)",
        id,
        ago(days));
    return id;
  }

  private UUID replay(int days, boolean finished) {
    var id = UUID.randomUUID();
    jdbc.update(
        """
        INSERT INTO audit.replay_job
          (id, state, request, rate, recipients, matched, claimed, skipped, created_by, created_at, changed_at, finished_at)
        VALUES (?, ?, '{}', 1, '{}', 0, 0, 0, ?, ?, ?, ?)
        """,
        id,
        finished ? "done" : "paused",
        Examples.ACME_KEY.value(),
        ago(days),
        ago(days),
        finished ? ago(days) : null);
    return id;
  }

  private UUID note(int days) {
    var id = UUID.randomUUID();
    jdbc.update(
        "INSERT INTO audit.admin_log (at, actor, action, subject_id) VALUES (?, 'key', 'replay.created', ?)",
        ago(days),
        id.toString());
    return id;
  }

  private OffsetDateTime ago(int days) {
    return now.minus(Duration.ofDays(days)).atOffset(ZoneOffset.UTC);
  }

  private int count(String table, String column, UUID id) {
    Integer count =
        jdbc.queryForObject(
            "SELECT count(*) FROM audit.%s WHERE %s::text = ?".formatted(table, column),
            Integer.class,
            id.toString());
    return count == null ? 0 : count;
  }
}
