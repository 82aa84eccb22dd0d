package io.tallypost.audit.log;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The tables that are projected from the topics. Not among them, because no topic has all of their
 * rows: {@code admin_log}, {@code replay_job}, and which letters a replay has claimed.
 */
@Repository
class ProjectedTables {
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;

  ProjectedTables(JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("empty");
  }

  /**
   * A replay skips letters that are not there.
   *
   * @throws IllegalStateException if one is running; paused ones may wait
   */
  void requireNoReplay() {
    long running =
        jdbc.sql(
                "SELECT count(*) FROM audit.replay_job WHERE finished_at IS NULL AND state <> 'paused'")
            .query(Long.class)
            .single();
    if (running > 0) {
      throw new IllegalStateException(
          "%d replays are running: start audit-service, and let them end or pause them"
              .formatted(running));
    }
  }

  void empty() {
    transaction.executeWithoutResult(status -> {
      // A statement that waits for a table's lock makes all later ones wait.
      jdbc.sql("SET LOCAL lock_timeout = '10s'").update();
      jdbc.sql("SELECT audit.empty_log()").query(row -> {});
      jdbc.sql("DELETE FROM audit.dead_letter_state WHERE state <> 'claimed'").update();
    });
  }
}
