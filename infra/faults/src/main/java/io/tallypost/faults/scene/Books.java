package io.tallypost.faults.scene;

import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.smtp.inbox.ReceivedMail;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Reads what the services have recorded about one key's mail in PostgreSQL, past the services. */
public record Books(StackProcess stack, String keyId) {
  private static final String DECISIONS =
      "SELECT message_id::text FROM quota.decision WHERE api_key_id = ? AND verdict = '%s'";
  private static final String ENDED =
      """
      SELECT message_id::text FROM audit.message
      WHERE api_key_id = ? AND status IN ('delivered', 'partially_delivered', 'failed', 'rejected')
      """;

  public Set<String> approved() {
    return strings(DECISIONS.formatted("approved"));
  }

  Set<String> rejected() {
    return strings(DECISIONS.formatted("rejected"));
  }

  /** Messages whose end audit knows. */
  public Set<String> ended() {
    return strings(ENDED);
  }

  /** Those of these whose end audit knows. */
  public Set<String> ended(Set<String> messageIds) {
    return strings(ENDED + " AND message_id = ANY (?::uuid[])", messageIds.toArray(String[]::new));
  }

  public long endedCount() {
    return number("SELECT count(*) FROM (%s) AS ended".formatted(ENDED));
  }

  /** Recipients charged to the key, on any day. */
  public long usage() {
    return number(
        "SELECT coalesce(sum(used), 0) FROM quota.usage WHERE subject = ? AND policy = 'key_day'");
  }

  public long deadLetters() {
    return number("SELECT count(*) FROM audit.dead_letter WHERE api_key_id = ?");
  }

  /** Attempts whose relay may have the mail without having said so. */
  public long inDoubt() {
    return number(
        """
        SELECT count(*) FROM audit.timeline
        WHERE api_key_id = ? AND (detail ->> 'in_doubt')::boolean
        """);
  }

  /**
   * How late the latest of the attempts was that were due after this moment; one that has not come
   * yet is late until now. Mail that was parked without asking a relay counts from when it was
   * first due.
   */
  public Duration latestRetry(Instant from) {
    return Duration.ofMillis(
        number(
            """
            SELECT coalesce(max(extract(epoch FROM coalesce(next.at, now()) - put_off.due_at)) * 1000, 0)::bigint
            FROM (SELECT message_id, attempt, (detail ->> 'due_at')::timestamptz AS due_at
                  FROM audit.timeline
                  WHERE api_key_id = ? AND (detail ->> 'counted')::boolean
                    AND (detail ->> 'due_at') IS NOT NULL) AS put_off
              LEFT JOIN LATERAL
                 (SELECT min(occurred_at) AS at
                  FROM audit.timeline
                  WHERE message_id = put_off.message_id AND attempt > put_off.attempt
                    AND (detail ->> 'counted')::boolean) AS next ON true
            WHERE due_at > '%s'::timestamptz
            """
                .formatted(from)));
  }

  /** Messages that audit has more than once. */
  long doubles() {
    return number(
        "SELECT count(*) - count(DISTINCT message_id) FROM audit.message WHERE api_key_id = ?");
  }

  /** The sink's view of it, by Message-ID; others' mails are left out. */
  public static Map<String, List<Instant>> received(List<ReceivedMail> mails, String subject) {
    return mails.stream()
        .filter(mail -> mail.header("Subject").orElse("").startsWith(subject))
        .collect(
            Collectors.groupingBy(
                mail -> mail.header("Message-ID").orElse(""),
                HashMap::new,
                Collectors.mapping(ReceivedMail::receivedAt, Collectors.toList())));
  }

  private Set<String> strings(String query, String[]... arrays) {
    return ask(
        query,
        arrays,
        rows -> {
          Set<String> found = new HashSet<>();
          while (rows.next()) {
            found.add(rows.getString(1));
          }
          return found;
        });
  }

  private long number(String query) {
    return ask(
        query,
        new String[0][],
        rows -> {
          rows.next();
          return rows.getLong(1);
        });
  }

  @FunctionalInterface
  private interface Reading<T> {
    T of(ResultSet rows) throws SQLException;
  }

  /** Its first parameter is the key, the others are arrays. */
  private <T> T ask(String query, String[][] arrays, Reading<T> reading) {
    JsonNode postgres = stack.description().path("postgres");
    try (Connection connection =
            DriverManager.getConnection(
                postgres.path("jdbc").asString(),
                postgres.path("user").asString(),
                postgres.path("password").asString());
        var statement = connection.prepareStatement(query)) {
      statement.setString(1, keyId);
      for (int i = 0; i < arrays.length; i++) {
        statement.setArray(i + 2, connection.createArrayOf("text", arrays[i]));
      }
      try (ResultSet rows = statement.executeQuery()) {
        return reading.of(rows);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }
}
