package io.tallypost.benchmark.load;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.databind.JsonNode;

/**
 * Fills a running stack's send log with mail that was never sent: as much a day over the last 30
 * days, of 100 tenants of which some have far more than others.
 */
public final class SendLog implements AutoCloseable {
  public static final int DAYS = 30;
  public static final int TENANTS = 100;
  public static final int SENDERS = 1_000;

  private final Connection connection;
  private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

  private SendLog(Connection connection) {
    this.connection = connection;
  }

  /** Connects with the stack's description. */
  public static SendLog of(JsonNode postgres) throws SQLException {
    return new SendLog(
        DriverManager.getConnection(
            postgres.path("jdbc").asString(),
            postgres.path("user").asString(),
            postgres.path("password").asString()));
  }

  /** Some day that has mail. */
  public LocalDate day(int age) {
    return today.minusDays(age);
  }

  /** How many recipients share this many mails. */
  public static int recipients(int rows) {
    return Math.max(1, rows / 10);
  }

  /** Adds the rows, and lets PostgreSQL analyse them. */
  public void fill(int rows) throws SQLException {
    int perDay = rows / DAYS;
    try (Statement statement = connection.createStatement()) {
      for (int age = DAYS - 1; age >= 0; age--) {
        fill(statement, today.minusDays(age), (DAYS - 1 - age) * (long) perDay, perDay, rows);
      }
      statement.execute("VACUUM (ANALYZE) audit.message");
      statement.execute("VACUUM (ANALYZE) audit.message_recipient");
    }
  }

  private static void fill(Statement statement, LocalDate day, long first, int count, int rows)
      throws SQLException {
    String messages = "audit.message_p" + DateTimeFormatter.BASIC_ISO_DATE.format(day);
    String recipients = "audit.message_recipient_p" + DateTimeFormatter.BASIC_ISO_DATE.format(day);
    // Indexes are made when the table is attached, at once: faster than row by row.
    boolean ours = !exists(statement, messages);
    if (ours) {
      create(statement, messages, "audit.message");
      create(statement, recipients, "audit.message_recipient");
    }
    statement.execute(
        """
        INSERT INTO %s
          (day, message_id, submission_id, tenant, api_key_id, mode, lane, status, from_address, subject,
           accepted_at, updated_at, replay_count, attempt, trace_id, request_id)
        SELECT DATE '%s', gen_random_uuid(), gen_random_uuid(),
               'bench-' || floor(%d * power(random(), 2))::int, 'bench', 'live', 'transactional',
               CASE WHEN n %% 1000 = 0 THEN 'failed' WHEN n %% 100 = 1 THEN 'rejected'
                    WHEN n %% 1000 = 2 THEN 'deferred' ELSE 'delivered' END,
               'sender' || floor(%d * random())::int || '@acme.example', 'Your order ' || n || ' is on its way',
               at, at, 0, 1, md5(n::text), 'request-' || n
        FROM (SELECT n, TIMESTAMPTZ '%s 00:00:00+00' + random() * INTERVAL '86399 s' AS at
              FROM generate_series(%d, %d) n) mails
        """
            .formatted(messages, day, TENANTS, SENDERS, day, first, first + count - 1));
    statement.execute(
        """
        INSERT INTO %s
          (day, message_id, recipient, position, kind, tenant, api_key_id, from_address, subject, status, relay,
           attempt, replay_count, accepted_at, updated_at, trace_id)
        SELECT day, message_id, 'user' || floor(%d * power(random(), 2))::int || '@example.org', 0, 'to', tenant,
               api_key_id, from_address, subject, status, 'default', 1, 0, accepted_at, updated_at, trace_id
        FROM %s WHERE api_key_id = 'bench'
        """
            // The table's triggers inform the usage report; in a new partition they have seen
            // nothing.
            .formatted(ours ? recipients : "audit.message_recipient", recipients(rows), messages));
    if (ours) {
      attach(statement, "audit.message", messages, day);
      attach(statement, "audit.message_recipient", recipients, day);
    }
  }

  private static boolean exists(Statement statement, String table) throws SQLException {
    try (var row = statement.executeQuery("SELECT to_regclass('" + table + "') IS NOT NULL")) {
      return row.next() && row.getBoolean(1);
    }
  }

  private static void create(Statement statement, String partition, String table)
      throws SQLException {
    statement.execute(
        "CREATE TABLE %s (LIKE %s INCLUDING CONSTRAINTS INCLUDING GENERATED) WITH (fillfactor = 70)"
            .formatted(partition, table));
  }

  private static void attach(Statement statement, String table, String partition, LocalDate day)
      throws SQLException {
    statement.execute(
        "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')"
            .formatted(table, partition, day, day.plusDays(1)));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
