package io.tallypost.audit.operator;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Counts what PostgreSQL reads of the table of all events. */
public final class TimelineRows {
  /** Rows in the tables, whether they are part of the result or filtered out of it. */
  private static final String READ =
      """
      SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)
      FROM pg_stat_xact_user_tables WHERE schemaname = 'audit' AND relname LIKE 'timeline%'
      """;

  private TimelineRows() {}

  /** The rows that are read for this, which is done in one transaction. */
  public static long readBy(
      Runnable work, JdbcTemplate jdbc, PlatformTransactionManager transactions) {
    return new TransactionTemplate(transactions)
        .execute(_ -> {
          long before = soFar(jdbc);
          work.run();
          return soFar(jdbc) - before;
        });
  }

  private static long soFar(JdbcTemplate jdbc) {
    Long rows = jdbc.queryForObject(READ, Long.class);
    return rows == null ? 0 : rows;
  }
}
