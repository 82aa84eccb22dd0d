package io.tallypost.audit.log;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The tables that follow from the topics, all at once. Not among them, because no topic has them:
 * {@code admin_log}, {@code replay_job}, and which letters a replay has claimed.
 */
@Repository
class ProjectedTables {
  private final JdbcTemplate jdbc;
  private final TransactionTemplate transaction;

  ProjectedTables(JdbcTemplate jdbc, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("empty");
  }

  /**
   * A replay passes over letters that are not there.
   *
   * @throws IllegalStateException if one is running; paused ones may wait
   */
  void requireNoReplay() {
    Integer running =
        jdbc.queryForObject(
            "SELECT count(*) FROM audit.replay_job WHERE finished_at IS NULL AND state <> 'paused'",
            Integer.class);
    if (running != null && running > 0) {
      throw new IllegalStateException(
          "%d replays are running: start audit-service, and let them end or pause them"
              .formatted(running));
    }
  }

  void empty() {
    transaction.executeWithoutResult(status -> {
      // Whoever waits for a table's lock makes everybody behind him wait.
      jdbc.execute("SET LOCAL lock_timeout = '10s'");
      jdbc.execute("SELECT audit.empty_log()");
      jdbc.update("DELETE FROM audit.dead_letter_state WHERE state <> 'claimed'");
    });
  }
}
