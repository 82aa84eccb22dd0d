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
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

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

  private static final String SELECT = "SELECT * FROM audit.timeline WHERE ";

  private final JdbcClient jdbc;

  public Timelines(JdbcClient jdbc) {
    this.jdbc = jdbc;
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

  /** All events of these messages with this day of acceptance, in no order. */
  public List<TimelineEntry> of(LocalDate day, Collection<MessageId> messages) {
    return jdbc.sql(SELECT + "message_id = ANY(?) AND day = ?")
        .params(Columns.of(List.copyOf(messages)).add("uuid", id -> id).params())
        .param(day)
        .query((row, number) -> entry(row))
        .list();
  }

  /** All events of a message, of whatever day, in no order. */
  public List<TimelineEntry> of(MessageId message) {
    return jdbc.sql(SELECT + "message_id = ?")
        .param(message.value())
        .query((row, number) -> entry(row))
        .list();
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
