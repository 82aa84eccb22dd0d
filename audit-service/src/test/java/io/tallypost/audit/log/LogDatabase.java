package io.tallypost.audit.log;

import com.zaxxer.hikari.HikariDataSource;
import io.tallypost.audit.deadletter.DeadLetters;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.TimelineRows;
import io.tallypost.audit.timeline.MessageRows;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.kit.testing.Backends;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** The log on a database of its own, without the service around it. */
final class LogDatabase implements AutoCloseable {
  private final HikariDataSource source = new HikariDataSource();
  final JdbcTemplate jdbc;
  final DayPartitions partitions;
  final Timelines timelines;
  final AuditLog log;

  LogDatabase() {
    var database = Backends.database();
    source.setJdbcUrl(database.jdbcUrl());
    source.setUsername(database.user());
    source.setPassword(database.password());
    Flyway.configure().dataSource(source).schemas("audit").load().migrate();
    jdbc = new JdbcTemplate(source);
    partitions = partitions();
    timelines = new Timelines(client(), new JdbcTransactionManager(source));
    log = replica();
  }

  DayPartitions partitions() {
    return new DayPartitions(client(), new JdbcTransactionManager(source));
  }

  /** A second service on the same database. */
  AuditLog replica() {
    return new AuditLog(
        new JdbcTransactionManager(source),
        partitions(),
        new Timelines(client(), new JdbcTransactionManager(source)),
        new MessageRows(client()),
        DeadLetters.on(jdbc),
        new AdminLog(client(), "audit-service"));
  }

  private JdbcClient client() {
    return JdbcClient.create(jdbc);
  }

  /** How many rows of the timeline are read for this. */
  long rowsReadBy(Runnable work) {
    return TimelineRows.readBy(work, jdbc, new JdbcTransactionManager(source));
  }

  /** All rows of all tables, in an order of their own. */
  List<String> rows() {
    return List.of("timeline", "message", "message_recipient", "dead_letter", "dead_letter_state")
        .stream()
        .flatMap(table ->
            jdbc
                .queryForList(
                    "SELECT row_to_json(t)::text FROM audit.%s t ORDER BY 1".formatted(table),
                    String.class)
                .stream())
        .toList();
  }

  void empty() {
    jdbc.execute(
        "TRUNCATE audit.timeline, audit.message, audit.message_recipient, audit.dead_letter,"
            + " audit.dead_letter_state");
  }

  @Override
  public void close() {
    source.close();
  }
}
