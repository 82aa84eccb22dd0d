package io.tallypost.audit.deadletter;

import io.tallypost.kit.paging.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Finds dead letters. */
@Repository
public class Letters {
  private static final String COLUMNS =
      """
      d.id, d.message_id, d.tenant, d.api_key_id, d.mode, d.lane, d.accepted_at, d.category, d.reason, d.attempts,
      d.replay_count, d.recipients, d.source_topic, d.source_partition, d.source_offset, d.trace_id, d.request_id,
      d.dead_at, s.state, s.changed_at, s.changed_by, s.job_id, s.reason AS discard_reason
      """;

  /** The tables under the names that {@link LetterFilter} has for them. */
  public static final String TABLES =
      " audit.dead_letter d JOIN audit.dead_letter_state s ON s.letter_id = d.id ";

  private static final String PAGE =
      "SELECT "
          + COLUMNS
          + " FROM "
          + TABLES
          + " WHERE %s AND (d.dead_at, d.id) < (:before, :before_id) ORDER BY d.dead_at DESC, d.id DESC LIMIT :rows";

  private static final String COUNTS =
      "SELECT d.category, d.tenant, count(*) FROM "
          + TABLES
          + " WHERE %s AND s.state = 'waiting' GROUP BY d.category, d.tenant";

  private static final String PART =
      " FROM "
          + TABLES
          + " WHERE s.job_id = :job AND s.position > :from AND s.position <= :to ORDER BY s.position";

  private static final String CLAIMED =
      "SELECT s.position, d.headers, d.record_key, d.value, " + COLUMNS + PART;

  private static final String SIZES =
      "SELECT s.position, coalesce(octet_length(d.value), 0) AS size" + PART;

  private final JdbcClient jdbc;

  Letters(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** How many letters wait, by category and by tenant; those of no tenant only by category. */
  public record Counts(long total, Map<String, Long> byCategory, Map<String, Long> byTenant) {}

  /** A letter of a job. */
  public record Claimed(int position, Letter letter, Content content) {}

  /** All that is in a letter. */
  @SuppressWarnings("ArrayRecordComponent") // bytes to be handed on: nobody compares two
  public record Content(
      List<HeadersJson.Entry> headers, byte @Nullable [] key, byte @Nullable [] value) {

    /** The record as it was read from its source, with the letter's headers. */
    public ConsumerRecord<byte[], byte[]> record(Letter.Source source) {
      @SuppressWarnings("NullAway") // Kafka takes null for a key or value that is not there
      var record =
          new ConsumerRecord<byte[], byte[]>(
              source.topic(), source.partition(), source.offset(), key, value);
      for (Header header : HeadersJson.toKafka(headers)) {
        record.headers().add(header);
      }
      return record;
    }
  }

  List<Letter> page(LetterFilter filter, Page<UUID> page) {
    return jdbc.sql(PAGE.formatted(filter.sql()))
        .params(filter.params())
        .param("before", page.after().utc())
        .param("before_id", page.after().id())
        .param("rows", page.rows())
        .query((row, n) -> letter(row))
        .list();
  }

  /** One letter. */
  Optional<Letter> find(UUID id) {
    return jdbc.sql("SELECT " + COLUMNS + " FROM " + TABLES + " WHERE d.id = :id")
        .param("id", id)
        .query((row, n) -> letter(row))
        .optional();
  }

  /** All letters of a message, in the order in which it died. */
  List<Letter> of(UUID messageId) {
    return jdbc.sql(
            "SELECT "
                + COLUMNS
                + " FROM "
                + TABLES
                + " WHERE d.message_id = :id ORDER BY d.replay_count, d.dead_at, d.id")
        .param("id", messageId)
        .query((row, n) -> letter(row))
        .list();
  }

  /** What is in a letter. */
  Optional<Content> content(UUID id) {
    return jdbc.sql("SELECT headers, record_key, value FROM audit.dead_letter WHERE id = :id")
        .param("id", id)
        .query((row, n) -> content(row))
        .optional();
  }

  private static Content content(ResultSet row) throws SQLException {
    return new Content(
        HeadersJson.read(row.getString("headers")), bytes(row, "record_key"), bytes(row, "value"));
  }

  /** Counts those that wait. */
  public Counts waiting(LetterFilter filter) {
    var byCategory = new TreeMap<String, Long>();
    var byTenant = new TreeMap<String, Long>();
    jdbc.sql(COUNTS.formatted(filter.sql()))
        .params(filter.params())
        .query(row -> {
          byCategory.merge(row.getString(1), row.getLong(3), Long::sum);
          String tenant = row.getString(2);
          if (tenant != null) {
            byTenant.merge(tenant, row.getLong(3), Long::sum);
          }
        });
    long total = byCategory.values().stream().mapToLong(n -> n).sum();
    return new Counts(total, byCategory, byTenant);
  }

  /**
   * Part of a job, in its order.
   *
   * @param from the position before the first
   * @param to the last position
   */
  public List<Claimed> claimed(UUID job, int from, int to) {
    return jdbc.sql(CLAIMED)
        .param("job", job)
        .param("from", from)
        .param("to", to)
        .query((row, n) -> new Claimed(row.getInt("position"), letter(row), content(row)))
        .list();
  }

  /** How large the letters of a part of a job are, in bytes, by their positions. */
  public SortedMap<Integer, Long> sizes(UUID job, int from, int to) {
    var sizes = new TreeMap<Integer, Long>();
    jdbc.sql(SIZES)
        .param("job", job)
        .param("from", from)
        .param("to", to)
        .query(row -> {
          sizes.put(row.getInt("position"), row.getLong("size"));
        });
    return sizes;
  }

  /** The ids without a letter. */
  public List<UUID> unknown(List<UUID> ids) {
    var known =
        jdbc.sql("SELECT id FROM audit.dead_letter WHERE id = ANY (:ids::uuid[])")
            .param("ids", ids.stream().map(UUID::toString).toArray(String[]::new))
            .query((row, n) -> row.getObject(1, UUID.class))
            .set();
    var unknown = new ArrayList<>(ids);
    unknown.removeAll(known);
    return unknown;
  }

  /** Reads a row that has the letter's columns. */
  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static Letter letter(ResultSet row) throws SQLException {
    return new Letter(
        row.getObject("id", UUID.class),
        row.getObject("message_id", UUID.class),
        row.getString("tenant"),
        row.getString("api_key_id"),
        row.getString("mode"),
        row.getString("lane"),
        at(row, "accepted_at"),
        row.getString("category"),
        row.getString("reason"),
        row.getInt("attempts"),
        row.getInt("replay_count"),
        Arrays.asList((String[]) row.getArray("recipients").getArray()),
        new Letter.Source(
            row.getString("source_topic"),
            row.getInt("source_partition"),
            row.getLong("source_offset")),
        row.getString("trace_id"),
        row.getString("request_id"),
        at(row, "dead_at"),
        LetterState.of(row.getString("state")),
        at(row, "changed_at"),
        row.getString("changed_by"),
        row.getObject("job_id", UUID.class),
        row.getString("discard_reason"));
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static Instant at(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static byte @Nullable [] bytes(ResultSet row, String column) throws SQLException {
    return row.getBytes(column);
  }
}
