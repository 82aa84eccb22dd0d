package io.tallypost.audit.timeline;

import io.tallypost.audit.store.Columns;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mode;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The table of all events, each once. */
@Repository
public class Timelines {
  private static final String UPSERT =
      """
      INSERT INTO audit.timeline AS known
        (day, message_id, event_id, submission_id, tenant, api_key_id, mode, lane, accepted_at, occurred_at,
         replay_count, attempt, weight, partition, record_offset, trace_id, request_id, detail)
      SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (message_id, day, event_id) DO UPDATE SET
        occurred_at = excluded.occurred_at, weight = excluded.weight, partition = excluded.partition,
        record_offset = excluded.record_offset, trace_id = excluded.trace_id, request_id = excluded.request_id,
        detail = excluded.detail
      WHERE (excluded.weight, excluded.occurred_at, excluded.partition, excluded.record_offset)
          > (known.weight, known.occurred_at, known.partition, known.record_offset)
      """;

  /** For each message its own look-up, whatever PostgreSQL expects of its number of events. */
  private static final String OF_OWNERS =
      """
      SELECT t.* FROM unnest(?, ?) WITH ORDINALITY AS o (message_id, submission_id, n)
      CROSS JOIN LATERAL (
        SELECT * FROM audit.timeline
        WHERE message_id = o.message_id AND day = ? AND submission_id = o.submission_id OFFSET 0) t
      ORDER BY o.n
      """;

  /**
   * PostgreSQL expects few events of a message, and would read and sort all that there are; in the
   * order of the index it stops at the newest.
   */
  private static final String WITHOUT_SORTING =
      "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off";

  /** The message is that of the day of its approval; before that, of the first day. */
  private static final String SHOWN =
      """
      WITH mail AS MATERIALIZED (
        SELECT day, submission_id FROM audit.message WHERE message_id = :id AND status IS NOT NULL
        ORDER BY status IN ('queued', 'rejected'), accepted_at LIMIT 1)
      SELECT true AS own, t.* FROM mail CROSS JOIN LATERAL (
        SELECT * FROM audit.timeline
        WHERE message_id = :id AND day = mail.day AND submission_id = mail.submission_id OFFSET 0) t
      UNION ALL
      SELECT false, t.* FROM mail CROSS JOIN LATERAL (
        SELECT * FROM audit.timeline
        WHERE message_id = :id AND submission_id <> mail.submission_id
        ORDER BY day DESC, submission_id DESC LIMIT :others) t
      """;

  /** So few that the longest fit into memory. */
  private static final int FETCHED_AT_ONCE = 100;

  private final JdbcClient jdbc;
  private final TransactionTemplate reading;

  public Timelines(JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.reading = new TransactionTemplate(transactions);
    this.reading.setName("read_timeline");
    this.reading.setReadOnly(true);
  }

  /**
   * Writes events.
   *
   * @param entries each event once
   */
  public void write(List<TimelineEntry> entries) {
    jdbc.sql(UPSERT)
        .params(
            Columns.of(entries)
                .add("date", entry -> entry.key().day())
                .add("uuid", entry -> entry.context().messageId())
                .add("uuid", TimelineEntry::eventId)
                .add("uuid", entry -> entry.context().submissionId())
                .add("text", entry -> entry.context().tenant())
                .add("text", entry -> entry.context().apiKeyId())
                .add("text", entry -> entry.context().mode().wireName())
                .add("text", entry -> entry.context().lane().wireName())
                .add("timestamptz", entry -> entry.context().acceptedAt())
                .add("timestamptz", entry -> entry.context().occurredAt())
                .add("int4", entry -> entry.context().replayCount())
                .add("int4", entry -> entry.context().attempt())
                .add("int2", TimelineEntry::weight)
                .add("int4", TimelineEntry::partition)
                .add("int8", TimelineEntry::offset)
                .add("text", TimelineEntry::traceId)
                .add("text", TimelineEntry::requestId)
                .add("jsonb", entry -> json(entry.fact()))
                .params())
        .update();
  }

  /**
   * The states that follow from the events of messages' owners. Reads these events alone, and keeps
   * those of one message at a time: as many as workers and operators make, whatever a sender
   * repeats.
   *
   * @param owners each of another message, all with this day of acceptance
   */
  public List<MessageState> states(LocalDate day, List<Claim> owners) {
    List<MessageState> states = new ArrayList<>();
    List<TimelineEntry> one = new ArrayList<>();
    jdbc.sql(OF_OWNERS)
        .withFetchSize(FETCHED_AT_ONCE)
        .params(
            Columns.of(owners)
                .add("uuid", owner -> owner.key().messageId())
                .add("uuid", Claim::submissionId)
                .params())
        .param(day)
        .query(row -> {
          TimelineEntry entry = entry(row);
          if (!one.isEmpty() && !one.getFirst().key().equals(entry.key())) {
            states.add(MessageState.of(one));
            one.clear();
          }
          one.add(entry);
        });
    if (!one.isEmpty()) {
      states.add(MessageState.of(one));
    }
    return states;
  }

  /**
   * The events of a message that people are shown, in no order.
   *
   * @param own those of its owner, which its state follows from; none if there is no such message
   * @param others the newest of other submissions under its Idempotency-Key, of whatever day
   */
  public record Shown(List<TimelineEntry> own, List<TimelineEntry> others) {}

  /**
   * Reads the events of a message, in one snapshot.
   *
   * @param others the most events of other submissions
   */
  public Shown shown(MessageId message, int others) {
    var shown = new Shown(new ArrayList<>(), new ArrayList<>());
    reading.executeWithoutResult(status -> {
      jdbc.sql(WITHOUT_SORTING).update();
      jdbc.sql(SHOWN)
          .param("id", message.value())
          .param("others", others)
          .query(row -> {
            (row.getBoolean("own") ? shown.own() : shown.others()).add(entry(row));
          });
    });
    return shown;
  }

  private static String json(Fact fact) {
    return new String(EventJson.write(fact), StandardCharsets.UTF_8);
  }

  private static TimelineEntry entry(ResultSet row) throws SQLException {
    var context =
        new EventContext(
            EventContext.VERSION,
            row.getObject("event_id", UUID.class),
            new MessageId(row.getObject("message_id", UUID.class)),
            new SubmissionId(row.getObject("submission_id", UUID.class)),
            new TenantId(row.getString("tenant")),
            new ApiKeyId(row.getString("api_key_id")),
            Mode.valueOf(row.getString("mode").toUpperCase(Locale.ROOT)),
            Lane.valueOf(row.getString("lane").toUpperCase(Locale.ROOT)),
            instant(row, "accepted_at"),
            instant(row, "occurred_at"),
            row.getInt("replay_count"),
            row.getInt("attempt"));
    return new TimelineEntry(
        context,
        fact(row.getString("detail")),
        text(row, "trace_id"),
        text(row, "request_id"),
        row.getInt("partition"),
        row.getLong("record_offset"));
  }

  private static Fact fact(String json) {
    try {
      return EventJson.read(json.getBytes(StandardCharsets.UTF_8), Fact.class);
    } catch (UnreadableRecordException e) {
      throw new DataRetrievalFailureException("timeline.detail is of a later build", e);
    }
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static @Nullable String text(ResultSet row, String column) throws SQLException {
    return row.getString(column);
  }
}
