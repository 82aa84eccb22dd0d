package io.tallypost.audit.unaccounted;

import io.tallypost.audit.AuditSettings;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.paging.Page;
import io.tallypost.mail.EmailAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Finds unaccounted messages: silent for the set time, which also counts from the time of the next
 * attempt, if one was named.
 */
@Repository
public class UnaccountedMessages {
  private static final String MISSED =
      """
      status IN ('queued', 'approved', 'deferred') AND updated_at < :deadline
      AND (due_at IS NULL OR due_at < :deadline) AND (:tenant::text IS NULL OR tenant = :tenant)
      """;

  private static final String SELECT =
      """
      SELECT message_id, status, tenant, mode, lane, accepted_at, updated_at, due_at, attempt, replay_count, trace_id, day,
             submission_id, request_partition, request_offset,
             (SELECT t.detail ->> 'relay' FROM audit.timeline t
              WHERE t.message_id = m.message_id AND t.day = m.day AND t.submission_id = m.submission_id
                AND t.replay_count = m.replay_count AND t.detail ->> 'type' = 'replayed' LIMIT 1) AS relay
      FROM audit.message m WHERE
      """;

  private final JdbcClient jdbc;
  private final AuditSettings settings;
  private final InstantSource clock;

  UnaccountedMessages(JdbcClient jdbc, AuditSettings settings, InstantSource clock) {
    this.jdbc = jdbc;
    this.settings = settings;
    this.clock = clock;
  }

  /** A message's open recipients, and those refused since its last replay. */
  record Recipients(List<EmailAddress> open, List<EmailAddress> failed) {}

  /** How many there are, of a tenant or of all. */
  public long count(@Nullable TenantId tenant) {
    return missed("SELECT count(*) FROM audit.message WHERE ", tenant, "")
        .query(Long.class)
        .single();
  }

  List<UnaccountedMessage> page(@Nullable TenantId tenant, Page<UUID> page) {
    return missed(
            SELECT,
            tenant,
            " AND (updated_at, message_id) < (:before, :before_id) ORDER BY updated_at DESC, message_id DESC LIMIT :rows")
        .param("before", page.after().utc())
        .param("before_id", page.after().id())
        .param("rows", page.rows())
        .query((row, n) -> message(row))
        .list();
  }

  /** The ids of those that have been silent for longest. */
  List<UUID> oldest(@Nullable TenantId tenant, int most) {
    return missed(
            "SELECT message_id FROM audit.message WHERE ",
            tenant,
            " ORDER BY updated_at, message_id LIMIT :most")
        .param("most", most)
        .query((row, n) -> row.getObject(1, UUID.class))
        .list();
  }

  /** Those of the messages that are unaccounted for, locked until the transaction's end. */
  List<UnaccountedMessage> lock(Collection<UUID> ids) {
    return missed(
            SELECT,
            null,
            " AND message_id = ANY (:ids::uuid[]) ORDER BY day, message_id FOR UPDATE")
        .param("ids", ids.stream().map(UUID::toString).toArray(String[]::new))
        .query((row, n) -> message(row))
        .list();
  }

  Recipients recipients(UnaccountedMessage message) {
    List<EmailAddress> open = new ArrayList<>();
    List<EmailAddress> failed = new ArrayList<>();
    jdbc.sql(
            """
            SELECT recipient, status, replay_count FROM audit.message_recipient
            WHERE message_id = :id AND day = :day ORDER BY position, recipient
            """)
        .param("id", message.id())
        .param("day", message.day())
        .query(row -> {
          var recipient = new EmailAddress(row.getString("recipient"));
          String status = row.getString("status");
          if (List.of("queued", "approved", "deferred").contains(status)) {
            open.add(recipient);
          } else if (status.equals("failed")
              && row.getInt("replay_count") == message.replayCount()) {
            failed.add(recipient);
          }
        });
    return new Recipients(open, failed);
  }

  /** Marks it as heard of, until the projection does so. */
  void touch(UnaccountedMessage message, Instant now) {
    jdbc.sql("UPDATE audit.message SET updated_at = :at WHERE message_id = :id AND day = :day")
        .param("at", now.atOffset(ZoneOffset.UTC))
        .param("id", message.id())
        .param("day", message.day())
        .update();
  }

  private JdbcClient.StatementSpec missed(String select, @Nullable TenantId tenant, String more) {
    return jdbc.sql(select + MISSED + more)
        .param(
            "deadline", clock.instant().minus(settings.unaccountedAfter()).atOffset(ZoneOffset.UTC))
        .param("tenant", tenant == null ? null : tenant.value());
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static UnaccountedMessage message(ResultSet row) throws SQLException {
    return new UnaccountedMessage(
        row.getObject("message_id", UUID.class),
        row.getString("status"),
        row.getString("tenant"),
        row.getString("mode"),
        row.getString("lane"),
        instant(row, "accepted_at"),
        instant(row, "updated_at"),
        instant(row, "due_at"),
        row.getInt("attempt"),
        row.getInt("replay_count"),
        row.getString("trace_id"),
        row.getObject("day", LocalDate.class),
        row.getObject("submission_id", UUID.class),
        row.getObject("request_partition", Integer.class),
        row.getObject("request_offset", Long.class),
        row.getString("relay"));
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
