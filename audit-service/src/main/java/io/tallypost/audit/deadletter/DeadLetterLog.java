package io.tallypost.audit.deadletter;

import io.tallypost.audit.store.Columns;
import io.tallypost.audit.store.StorableText;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.EventContext;
import io.tallypost.events.OperatorAction;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.mail.EmailAddress;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * The table of dead letters: one row per letter, in whatever order and however often it arrives.
 */
@Repository
public class DeadLetterLog {
  /** So few that all their bytes fit into memory. */
  private static final int CHUNK = 20;

  /** So few that the deletion holds nobody up. */
  private static final int DELETED_AT_ONCE = 1000;

  private static final String UPSERT =
      """
      INSERT INTO audit.dead_letter AS known
        (id, message_id, tenant, api_key_id, mode, lane, accepted_at, replay_count, attempts, category, reason,
         recipients, source_topic, source_partition, source_offset, trace_id, request_id, dead_at, partition,
         record_offset, record_key, headers, value)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?)
      ON CONFLICT (id) DO UPDATE SET
        category = excluded.category, reason = excluded.reason, recipients = excluded.recipients,
        source_topic = excluded.source_topic, source_partition = excluded.source_partition,
        source_offset = excluded.source_offset, trace_id = excluded.trace_id, request_id = excluded.request_id,
        dead_at = excluded.dead_at, partition = excluded.partition, record_offset = excluded.record_offset,
        record_key = excluded.record_key, headers = excluded.headers, value = excluded.value
      WHERE (excluded.partition, excluded.record_offset) > (known.partition, known.record_offset)
      """;

  /**
   * An operator's action may be known before the letter. A letter that the topic has twice waits
   * since the copy that counts.
   */
  private static final String WAIT =
      """
      INSERT INTO audit.dead_letter_state AS known (letter_id, state, changed_at)
      SELECT id, 'waiting', dead_at FROM audit.dead_letter WHERE id = ANY (?) ORDER BY id
      ON CONFLICT (letter_id) DO UPDATE SET changed_at = excluded.changed_at
      WHERE known.state = 'waiting' AND known.changed_at <> excluded.changed_at
      """;

  /**
   * A letter has one end. If the topic has two, the later counts, in whatever order they are read.
   * A replay may have noted its own time first; the topic's time counts.
   */
  private static final String END =
      """
      INSERT INTO audit.dead_letter_state AS known (letter_id, state, changed_at, changed_by, job_id, reason)
      SELECT * FROM unnest(?, ?, ?, ?, ?, ?)
      ON CONFLICT (letter_id) DO UPDATE SET
        state = excluded.state, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
        job_id = excluded.job_id, reason = excluded.reason
      WHERE known.state IN ('waiting', 'claimed')
         OR (known.state, known.job_id) = (excluded.state, excluded.job_id)
         OR (excluded.changed_at, excluded.state) > (known.changed_at, known.state)
      """;

  private static final String FORGET =
      """
      WITH old AS (DELETE FROM audit.dead_letter
                   WHERE id IN (SELECT id FROM audit.dead_letter WHERE dead_at < ? ORDER BY dead_at LIMIT ?)
                   RETURNING id),
           states AS (DELETE FROM audit.dead_letter_state WHERE letter_id IN (SELECT id FROM old))
      SELECT count(*) FROM old
      """;

  /** States of letters that were deleted before the state was known. */
  private static final String FORGET_STATES =
      """
      DELETE FROM audit.dead_letter_state s
      WHERE changed_at < ? AND NOT EXISTS (SELECT FROM audit.dead_letter d WHERE d.id = s.letter_id)
      """;

  private static final Comparator<End> LATER =
      Comparator.<End, Instant>comparing(end -> end.act().occurredAt())
          .thenComparing(end -> end.state().wireName());

  private final JdbcClient jdbc;

  /** For the letters alone: {@code JdbcClient} has no batches, and a flood of them would crawl. */
  private final JdbcTemplate batches;

  DeadLetterLog(JdbcClient jdbc, JdbcTemplate batches) {
    this.jdbc = jdbc;
    this.batches = batches;
  }

  /**
   * Writes letters, in the caller's transaction if there is one.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  public void write(Collection<StoredLetter> letters) {
    if (letters.isEmpty()) {
      return;
    }
    // All writers use one order, so that no two wait for each other.
    List<StoredLetter> ordered =
        letters.stream().sorted(Comparator.comparing(letter -> letter.id().toString())).toList();
    batches.batchUpdate(UPSERT, ordered, CHUNK, DeadLetterLog::bind);
    if (!ordered.isEmpty()) {
      jdbc.sql(WAIT).params(Columns.of(ordered).add("uuid", StoredLetter::id).params()).update();
    }
  }

  private record End(
      UUID letterId, LetterState state, OperatorAction.Act act, @Nullable String reason) {}

  /**
   * Writes operators' actions on letters, whether the letters have been read or not.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  public void apply(Collection<OperatorAction> actions) {
    Map<UUID, End> ends = new TreeMap<>(Comparator.comparing(UUID::toString));
    for (OperatorAction action : actions) {
      end(action).ifPresent(end -> ends.merge(end.letterId(), end, BinaryOperator.maxBy(LATER)));
    }
    if (!ends.isEmpty()) {
      jdbc.sql(END)
          .params(
              Columns.of(List.copyOf(ends.values()))
                  .add("uuid", End::letterId)
                  .add("text", end -> end.state().wireName())
                  .add("timestamptz", end -> StorableTime.micros(end.act().occurredAt()))
                  .add("text", end -> end.act().by())
                  .add("uuid", end -> end.act().jobId())
                  .add("text", End::reason)
                  .params())
          .update();
    }
  }

  private static Optional<End> end(OperatorAction action) {
    return switch (action) {
      case OperatorAction.Replayed replayed ->
          Optional.of(new End(replayed.letterId(), LetterState.REPLAYED, replayed.act(), null));
      case OperatorAction.Discarded discarded ->
          Optional.of(
              new End(
                  discarded.letterId(),
                  LetterState.DISCARDED,
                  discarded.act(),
                  StorableText.of(discarded.reason())));
      case OperatorAction.Redriven redriven -> Optional.empty();
    };
  }

  /**
   * Deletes the letters that died before this time.
   *
   * @return how many
   */
  public int forgetBefore(Instant time) {
    int all = 0;
    int some;
    do {
      some = jdbc.sql(FORGET).param(at(time)).param(DELETED_AT_ONCE).query(Integer.class).single();
      all += some;
    } while (some == DELETED_AT_ONCE);
    jdbc.sql(FORGET_STATES).param(at(time)).update();
    return all;
  }

  private static void bind(PreparedStatement row, StoredLetter stored) throws SQLException {
    Optional<EventContext> mail = Optional.ofNullable(stored.context());
    var letter = stored.letter();
    int i = 1;
    row.setObject(i++, stored.id());
    row.setObject(i++, mail.map(m -> m.messageId().value()).orElse(null), Types.OTHER);
    row.setString(i++, mail.map(m -> m.tenant().value()).orElse(null));
    row.setString(i++, mail.map(EventContext::apiKeyId).map(ApiKeyId::value).orElse(null));
    row.setString(i++, mail.map(m -> m.mode().wireName()).orElse(null));
    row.setString(i++, mail.map(m -> m.lane().wireName()).orElse(null));
    row.setObject(i++, at(mail.map(EventContext::acceptedAt).orElse(null)));
    row.setInt(i++, stored.replayCount());
    row.setInt(i++, letter.attempts());
    row.setString(i++, letter.category().wireName());
    row.setString(i++, letter.reason());
    row.setArray(
        i++,
        row.getConnection()
            .createArrayOf(
                "text", letter.recipients().stream().map(EmailAddress::value).toArray()));
    row.setString(i++, letter.sourceTopic());
    row.setInt(i++, letter.sourcePartition());
    row.setLong(i++, letter.sourceOffset());
    row.setString(i++, stored.traceId());
    row.setString(i++, stored.requestId());
    row.setObject(i++, at(stored.deadAt()));
    row.setInt(i++, stored.partition());
    row.setLong(i++, stored.offset());
    row.setBytes(i++, stored.key());
    row.setString(i++, stored.headers());
    row.setBytes(i, stored.value());
  }

  private static @Nullable OffsetDateTime at(@Nullable Instant time) {
    return time == null ? null : time.atOffset(ZoneOffset.UTC);
  }
}
