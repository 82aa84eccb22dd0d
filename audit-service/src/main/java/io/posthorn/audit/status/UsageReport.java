package io.posthorn.audit.status;

import io.posthorn.events.TenantId;
import io.posthorn.web.Refusals;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Adds the send log up. It reads all rows of the days, so it may take seconds. */
@Repository
class UsageReport {
  private static final String LIMITED = "SET LOCAL statement_timeout = '20s'";

  private static final String SUM =
      """
      SELECT day, tenant, api_key_id, relay,
             count(*) FILTER (WHERE success) AS delivered,
             count(*) FILTER (WHERE status = 'failed') AS failed,
             count(*) FILTER (WHERE status = 'rejected') AS rejected,
             count(*) FILTER (WHERE success IS NULL) AS open,
             coalesce(sum(cost), 0) AS cost
      FROM audit.message_recipient
      WHERE day >= :since AND day <= :until AND (:tenant::text IS NULL OR tenant = :tenant)
      GROUP BY day, tenant, api_key_id, relay
      ORDER BY day DESC, tenant, api_key_id, relay NULLS FIRST
      LIMIT :rows
      """;

  private final JdbcTemplate statements;
  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;

  UsageReport(JdbcTemplate statements, JdbcClient jdbc, PlatformTransactionManager transactions) {
    this.statements = statements;
    this.jdbc = jdbc;
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("usage");
    this.transaction.setReadOnly(true);
  }

  /**
   * Adds it up.
   *
   * @param tenant whose; null for everybody's
   * @param most of the rows that are given back
   * @throws io.posthorn.web.ProblemException 503 if it takes too long
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  SentMail of(LocalDate since, LocalDate until, @Nullable TenantId tenant, int most) {
    try {
      List<SentMail.Sent> rows =
          Objects.requireNonNull(
              transaction.execute(status -> {
                statements.execute(LIMITED);
                return jdbc.sql(SUM)
                    .param("since", since)
                    .param("until", until)
                    .param("tenant", tenant == null ? null : tenant.value())
                    .param("rows", most + 1)
                    .query((row, n) -> row(row))
                    .list();
              }));
      return rows.size() > most
          ? new SentMail(since, until, rows.subList(0, most), true)
          : new SentMail(since, until, rows, null);
    } catch (QueryTimeoutException e) {
      throw Refusals.unavailable("Adding it up takes too long; ask for fewer days.");
    }
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static SentMail.Sent row(ResultSet row) throws SQLException {
    return new SentMail.Sent(
        row.getObject("day", LocalDate.class),
        row.getString("tenant"),
        row.getString("api_key_id"),
        row.getString("relay"),
        row.getLong("delivered"),
        row.getLong("failed"),
        row.getLong("rejected"),
        row.getLong("open"),
        row.getBigDecimal("cost"));
  }
}
