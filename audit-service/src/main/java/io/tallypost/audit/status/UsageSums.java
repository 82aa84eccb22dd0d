package io.tallypost.audit.status;

import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The sums of days that are over. A trigger adds a row to {@code usage_change} for each change of a
 * row of such a day; both become visible with the same commit. The sums come from one snapshot,
 * which removes only the changes that it sees. So in every snapshot, sums without a change beside
 * them are exact. No transaction waits for another.
 */
@Repository
class UsageSums {
  static final String LIMITED = "SET LOCAL statement_timeout = '20s'";

  static final String COLUMNS =
      "day, tenant, api_key_id, relay, delivered, failed, rejected, open, cost";

  /** What {@link #COLUMNS} are; without the days, and without the grouping. */
  static final String ADDED_UP =
      """
      SELECT day, tenant, api_key_id, relay,
             count(*) FILTER (WHERE success) AS delivered,
             count(*) FILTER (WHERE status = 'failed') AS failed,
             count(*) FILTER (WHERE status = 'rejected') AS rejected,
             count(*) FILTER (WHERE success IS NULL) AS open,
             coalesce(sum(cost), 0) AS cost
      FROM audit.message_recipient
      """;

  private static final String KNOWN =
      """
      SELECT day FROM audit.usage_day JOIN audit.usage_partition USING (day, file)
      WHERE NOT EXISTS (SELECT FROM audit.usage_change AS change WHERE change.day = usage_day.day)
      """;

  /** By PostgreSQL's clock, as the triggers' days are. */
  private static final String DUE =
      """
      SELECT day FROM audit.usage_partition
      WHERE day < (now() AT TIME ZONE 'UTC')::date - 1 AND day NOT IN (%s)
      ORDER BY day DESC
      """
          .formatted(KNOWN);

  private static final String ADD =
      "INSERT INTO audit.usage_sum (%s) %s WHERE day = :day GROUP BY day, tenant, api_key_id, relay"
          .formatted(COLUMNS, ADDED_UP);

  /** Held while a day is added up, so that only one replica does it. */
  private static final long LOCK = 0x7573616765L;

  private final JdbcClient jdbc;
  private final TransactionTemplate oneSnapshot;

  UsageSums(JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.oneSnapshot = new TransactionTemplate(transactions);
    this.oneSnapshot.setName("add_up_usage");
    this.oneSnapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
  }

  /** The days whose sums are those of their rows, in the transaction's snapshot. */
  Set<LocalDate> known() {
    return jdbc.sql(KNOWN).query(LocalDate.class).set();
  }

  /** The days to be added up, the newest first. */
  List<LocalDate> due() {
    return jdbc.sql(DUE).query(LocalDate.class).list();
  }

  /**
   * Adds a day up.
   *
   * @return false if another replica is at it
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked, it takes too
   *     long, or another replica did it in between; nothing has changed then
   */
  boolean add(LocalDate day) {
    return Objects.requireNonNull(
        oneSnapshot.execute(transaction -> {
          jdbc.sql(LIMITED).update();
          if (!jdbc.sql("SELECT pg_try_advisory_xact_lock(:lock)")
              .param("lock", LOCK)
              .query(Boolean.class)
              .single()) {
            return false;
          }
          update("DELETE FROM audit.usage_change WHERE day = :day", day);
          update("DELETE FROM audit.usage_day WHERE day = :day", day);
          update(
              "INSERT INTO audit.usage_day SELECT day, file FROM audit.usage_partition WHERE day = :day",
              day);
          update(ADD, day);
          return true;
        }));
  }

  /** Deletes the sums of days whose rows are gone; the report no longer shows them. */
  void forgetDropped() {
    for (String table : List.of("usage_day", "usage_change")) {
      jdbc.sql(
              "DELETE FROM audit.%s WHERE day NOT IN (SELECT day FROM audit.usage_partition)"
                  .formatted(table))
          .update();
    }
  }

  private void update(String sql, LocalDate day) {
    jdbc.sql(sql).param("day", day).update();
  }
}
