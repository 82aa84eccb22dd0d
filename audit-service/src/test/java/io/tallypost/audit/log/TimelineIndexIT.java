package io.tallypost.audit.log;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.zaxxer.hikari.HikariDataSource;
import io.tallypost.kit.testing.Backends;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;

/** The index by submission is made while the audit-service of the version before writes on. */
class TimelineIndexIT {
  private final HikariDataSource source = new HikariDataSource();
  private final JdbcTemplate jdbc = new JdbcTemplate(source);
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void migrateToTheVersionBefore() {
    var database = Backends.database();
    source.setJdbcUrl(database.jdbcUrl());
    source.setUsername(database.user());
    source.setPassword(database.password());
    migrate("14");
    jdbc.execute(
        "CREATE TABLE audit.first PARTITION OF audit.timeline FOR VALUES FROM ('2026-03-01') TO ('2026-03-02')");
    jdbc.execute(
        "CREATE TABLE audit.second PARTITION OF audit.timeline FOR VALUES FROM ('2026-03-02') TO ('2026-03-03')");
  }

  @AfterEach
  void close() {
    threads.close();
    source.close();
  }

  @Test
  void waitsForNobodyWhoWaitsForIt() throws SQLException {
    CompletableFuture<Void> migration;
    CompletableFuture<Void> writer;
    try (Connection earlier = source.getConnection();
        Statement statement = earlier.createStatement()) {
      earlier.setAutoCommit(false);
      // Whichever day is indexed last: the other one is locked by then.
      statement.execute(insert("second", "2026-03-02"));
      migration = CompletableFuture.runAsync(() -> migrate("15"), threads);
      await().until(() -> waiting("%CREATE INDEX ON%"));
      writer =
          CompletableFuture.runAsync(() -> jdbc.execute(insert("timeline", "2026-03-01")), threads);
      await().until(() -> waiting("INSERT%"));
      // Longer than PostgreSQL waits before it looks for a circle.
      statement.execute("SELECT pg_sleep(1.5)");
      earlier.commit();
    }

    assertThatCode(migration::join).doesNotThrowAnyException();
    assertThatCode(writer::join).doesNotThrowAnyException();
    assertThat(jdbc.queryForObject("SELECT count(*) FROM audit.timeline", Long.class)).isEqualTo(2);
  }

  private void migrate(String version) {
    Flyway.configure().dataSource(source).schemas("audit").target(version).load().migrate();
  }

  private boolean waiting(String query) {
    return Boolean.TRUE.equals(
        jdbc.queryForObject(
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE ?",
            Boolean.class,
            query));
  }

  private static String insert(String table, String day) {
    return """
    INSERT INTO audit.%s (day, message_id, event_id, submission_id, tenant, api_key_id, mode, lane, accepted_at,
      occurred_at, replay_count, attempt, weight, partition, record_offset, detail)
    VALUES ('%s', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'acme', 'key', 'live',
      'transactional', now(), now(), 0, 0, 0, 0, 0, '{}')
    """
        .formatted(table, day);
  }
}
