package io.tallypost.audit.log;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The partitions of the send log: each table has one per day, and they come and go together. The
 * database's functions make and drop them, with the rights of the schema's owner.
 */
@Repository
class DayPartitions {
  private static final List<String> TABLES = List.of("timeline", "message", "message_recipient");

  /** Held while partitions are made or dropped, so that two replicas do not do it at once. */
  private static final long LOCK = 0x706f7374686f726eL;

  /** A statement that waits for a table's lock makes all later ones wait. */
  private static final String PATIENCE = "SET LOCAL lock_timeout = '2s'";

  private static final DateTimeFormatter SUFFIX = DateTimeFormatter.BASIC_ISO_DATE;

  private final JdbcClient jdbc;
  private final TransactionTemplate ownTransaction;
  private final Set<LocalDate> known = ConcurrentHashMap.newKeySet();

  DayPartitions(JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.ownTransaction = new TransactionTemplate(transactions);
    this.ownTransaction.setName("make_partition");
    this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
  }

  /**
   * Makes the partitions of these days unless they are there.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  void ensure(Collection<LocalDate> days) {
    List<LocalDate> missing =
        days.stream().distinct().filter(day -> !known.contains(day)).sorted().toList();
    if (missing.isEmpty()) {
      return;
    }
    ownTransaction.executeWithoutResult(transaction -> {
      lock();
      missing.forEach(this::create);
    });
    known.addAll(missing);
  }

  /** After a failure: another replica may have dropped a day that this one knew. */
  void forgetKnown() {
    known.clear();
  }

  /**
   * Drops the partitions of all days before this one, and nothing else.
   *
   * @return the days dropped
   */
  List<LocalDate> dropBefore(LocalDate day) {
    List<LocalDate> old =
        TABLES.stream()
            .flatMap(table -> days(table).stream())
            .filter(there -> there.isBefore(day))
            .distinct()
            .sorted()
            .toList();
    for (LocalDate gone : old) {
      ownTransaction.executeWithoutResult(transaction -> {
        lock();
        jdbc.sql("SELECT audit.drop_day(?)").param(gone).query(row -> {});
      });
      known.remove(gone);
    }
    return old;
  }

  private void lock() {
    jdbc.sql(PATIENCE).update();
    jdbc.sql("SELECT pg_advisory_xact_lock(?)").param(LOCK).query(row -> {});
  }

  private void create(LocalDate day) {
    jdbc.sql("SELECT audit.make_day(?)").param(day).query(row -> {});
  }

  private List<LocalDate> days(String table) {
    return jdbc
        .sql(
            """
            SELECT child.relname FROM pg_inherits
            JOIN pg_class child ON child.oid = inhrelid
            WHERE inhparent = to_regclass(?)
            """)
        .param("audit." + table)
        .query(String.class)
        .list()
        .stream()
        .flatMap(partition -> day(table, partition).stream())
        .toList();
  }

  private static Optional<LocalDate> day(String table, String partition) {
    try {
      return partition.startsWith(table + "_p")
          ? Optional.of(LocalDate.parse(partition.substring(table.length() + 2), SUFFIX))
          : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
