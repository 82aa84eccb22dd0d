package io.tallypost.audit.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.tallypost.kit.testing.Backends;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What the report says is at every moment what adding up all rows says. */
class UsageSumsIT {
  private static final int DAYS = 7;
  private static final String[] STATUS = {
    "queued", "approved", "deferred", "delivered", "failed", "rejected"
  };

  private final LocalDate today = LocalDate.now(ZoneOffset.UTC);
  private final LocalDate old = today.minusDays(DAYS - 1);
  private final HikariDataSource source = new HikariDataSource();
  private final JdbcTemplate jdbc = new JdbcTemplate(source);
  private final TransactionTemplate oneSnapshot = new TransactionTemplate();
  private UsageSums sums;
  private UsageReport report;

  @BeforeEach
  void migrate() {
    var database = Backends.database();
    source.setJdbcUrl(database.jdbcUrl());
    source.setUsername(database.user());
    source.setPassword(database.password());
    Flyway.configure().dataSource(source).schemas("audit").load().migrate();
    var transactions = new JdbcTransactionManager(source);
    oneSnapshot.setTransactionManager(transactions);
    oneSnapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    sums = new UsageSums(JdbcClient.create(jdbc), transactions);
    report = new UsageReport(JdbcClient.create(jdbc), sums, transactions);
    days().forEach(this::makePartition);
  }

  @AfterEach
  void close() {
    source.close();
  }

  @Test
  void saysWhatTheRowsSayWhateverChanges() throws SQLException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    List<Writer> writers = List.of(new Writer("a", random), new Writer("b", random));
    for (int step = 0; step < 250; step++) {
      int what = random.nextInt(12);
      Writer writer = writers.get(random.nextInt(writers.size()));
      LocalDate day = today.minusDays(random.nextInt(2, DAYS));
      if (what < 6) {
        writer.change();
      } else if (what < 8) {
        writer.end();
      } else if (what < 11) {
        sums.add(day);
      } else {
        // These wait for whoever writes.
        for (Writer one : writers) {
          one.end();
        }
        replace(day, random);
      }
      assertExact("seed " + seed + ", step " + step);
    }
    for (Writer writer : writers) {
      writer.close();
    }
  }

  @Test
  void saysWhatTheRowsSayWhileManyWrite() throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      tasks.add(() -> {
        try (var writer = new Writer(name, new Random())) {
          for (int i = 0; i < 200; i++) {
            writer.change();
            writer.end();
          }
        }
        return null;
      });
    }
    for (int replica = 0; replica < 2; replica++) {
      tasks.add(() -> {
        for (int i = 0; i < 20; i++) {
          addUpAll();
        }
        return null;
      });
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> running = tasks.stream().map(threads::submit).toList();
      while (!running.stream().allMatch(Future::isDone)) {
        assertExact("while it is written");
      }
      for (Future<Void> one : running) {
        one.get();
      }
    }
    addUpAll();
    assertThat(sums.known()).containsExactlyInAnyOrderElementsOf(days().subList(2, DAYS));
    assertExact("after all");
  }

  @Test
  void hasTheChangeOfAWriterThatCommitsAfterTheDayWasAddedUp() throws SQLException {
    try (var before = new Writer("a", new Random());
        var writer = new Writer("b", new Random())) {
      before.put(old, "delivered");
      before.connection.commit();
      writer.put(old, "failed");
      sums.add(old);
      assertThat(sums.known()).containsExactly(old);
      assertExact("not committed");

      writer.connection.commit();

      assertThat(sums.known()).isEmpty();
      assertThat(sums.due()).contains(old);
      assertExact("committed");
      sums.add(old);
      assertThat(sums.known()).containsExactly(old);
      assertExact("added up again");
    }
  }

  @Test
  void leavesTodaysMailAndYesterdaysToTheReport() throws SQLException {
    try (var writer = new Writer("a", new Random())) {
      for (LocalDate day : days()) {
        writer.put(day, "delivered");
      }
      writer.connection.commit();
    }

    assertThat(sums.due()).containsExactlyElementsOf(days().subList(2, DAYS));
    assertThat(jdbc.queryForList("SELECT day FROM audit.usage_change", LocalDate.class))
        .as("changes that writers left")
        .doesNotContain(today);
    assertExact("of all days");
  }

  @Test
  void forgetsTheSumsOfADroppedDay() throws SQLException {
    try (var writer = new Writer("a", new Random())) {
      writer.put(old, "delivered");
      writer.connection.commit();
    }
    sums.add(old);
    jdbc.execute("DROP TABLE " + partition(old));
    assertExact("dropped");

    sums.forgetDropped();

    assertThat(jdbc.queryForList("SELECT * FROM audit.usage_sum")).isEmpty();
    assertExact("forgotten");
  }

  private void addUpAll() {
    for (LocalDate day : sums.due()) {
      try {
        sums.add(day);
      } catch (DataAccessException e) {
        assertThat(e)
            .as("the other replica has done it")
            .hasMessageMatching("(?s).*(could not serialize access|duplicate key).*");
      }
    }
  }

  /** What retention, a rebuild, and a late message after retention do. */
  private void replace(LocalDate day, Random random) {
    if (random.nextBoolean()) {
      jdbc.execute("TRUNCATE audit.message_recipient");
    } else {
      jdbc.execute("DROP TABLE " + partition(day));
      assertExact("dropped");
      makePartition(day);
    }
  }

  private void assertExact(String when) {
    oneSnapshot.executeWithoutResult(transaction -> {
      List<SentMail.Sent> said = report.of(old, today, null, 10_000).days();
      assertThat(said).as(when).isEqualTo(rows());
    });
  }

  private List<SentMail.Sent> rows() {
    return jdbc.query(
        """
        SELECT day, tenant, api_key_id, relay, sum((status = 'delivered')::int), sum((status = 'failed')::int),
               sum((status = 'rejected')::int), sum((status IN ('queued', 'approved', 'deferred'))::int),
               sum(coalesce(cost, 0))
        FROM audit.message_recipient GROUP BY 1, 2, 3, 4 ORDER BY 1 DESC, 2, 3, 4 NULLS FIRST
        """,
        (row, n) ->
            new SentMail.Sent(
                row.getObject(1, LocalDate.class),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getBigDecimal(9)));
  }

  private List<LocalDate> days() {
    return Stream.iterate(today, day -> day.minusDays(1)).limit(DAYS).toList();
  }

  /** As the service does. */
  private void makePartition(LocalDate day) {
    jdbc.execute(
        "CREATE TABLE %s (LIKE audit.message_recipient INCLUDING ALL)".formatted(partition(day)));
    jdbc.execute(
        "ALTER TABLE audit.message_recipient ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')"
            .formatted(partition(day), day, day.plusDays(1)));
  }

  private static String partition(LocalDate day) {
    return "audit.message_recipient_p" + DateTimeFormatter.BASIC_ISO_DATE.format(day);
  }

  /** A transaction at a time over messages that no other writer writes. */
  private final class Writer implements AutoCloseable {
    private final String name;
    private final Random random;
    private final Connection connection;

    Writer(String name, Random random) throws SQLException {
      this.name = name;
      this.random = random;
      this.connection = source.getConnection();
      connection.setAutoCommit(false);
    }

    void change() throws SQLException {
      LocalDate day = today.minusDays(random.nextInt(DAYS));
      if (random.nextInt(4) == 0) {
        execute(
            "DELETE FROM audit.message_recipient WHERE day = '%s' AND tenant = '%s'"
                .formatted(day, name));
      } else {
        put(day, STATUS[random.nextInt(STATUS.length)]);
      }
    }

    /** Two recipients' rows, new or changed. */
    void put(LocalDate day, String status) throws SQLException {
      execute(
          """
          INSERT INTO audit.message_recipient
            (day, message_id, recipient, position, tenant, api_key_id, status, relay, cost, attempt, replay_count,
             accepted_at, updated_at)
          SELECT '%s', md5('%s %d')::uuid, 'r' || n, n, '%s', 'key', '%s', '%s', 0.25, 1, 0, now(), now()
          FROM generate_series(1, 2) n
          ON CONFLICT (message_id, day, recipient) DO UPDATE SET status = excluded.status, relay = excluded.relay
          """
              .formatted(day, name, random.nextInt(4), name, status, "relay" + random.nextInt(2)));
    }

    void end() throws SQLException {
      if (random.nextInt(4) == 0) {
        connection.rollback();
      } else {
        connection.commit();
      }
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }
}
