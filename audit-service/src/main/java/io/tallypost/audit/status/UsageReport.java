package io.tallypost.audit.status;

import io.tallypost.ids.TenantId;
import io.tallypost.kit.problems.Refusals;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Adds up the send log: stored sums for days that have them, all rows for the others, always
 * including today and yesterday. With millions of rows this takes seconds.
 */
@Repository
class UsageReport {
  private static final String REPORT =
      """
      SELECT %s FROM audit.usage_sum
      WHERE day >= :since AND day <= :until AND day NOT IN (:live) AND (:tenant::text IS NULL OR tenant = :tenant)
      UNION ALL
      %s WHERE day IN (:live) AND (:tenant::text IS NULL OR tenant = :tenant)
      GROUP BY day, tenant, api_key_id, relay
      ORDER BY day DESC, tenant, api_key_id, relay NULLS FIRST
      LIMIT :rows
      """
          .formatted(UsageSums.COLUMNS, UsageSums.ADDED_UP);

  private final JdbcClient jdbc;
  private final UsageSums sums;
  private final TransactionTemplate oneSnapshot;

  UsageReport(JdbcClient jdbc, UsageSums sums, PlatformTransactionManager transactions) {
    this.jdbc = jdbc;
    this.sums = sums;
    this.oneSnapshot = new TransactionTemplate(transactions);
    this.oneSnapshot.setName("usage");
    this.oneSnapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    this.oneSnapshot.setReadOnly(true);
  }

  /**
   * Adds it up.
   *
   * @param tenant whose; null for everybody's
   * @param most of the rows that are given back
   * @throws io.tallypost.kit.problems.ProblemException 503 if it takes too long
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  SentMail of(LocalDate since, LocalDate until, @Nullable TenantId tenant, int most) {
    try {
      List<SentMail.Sent> rows =
          Objects.requireNonNull(
              oneSnapshot.execute(status -> {
                jdbc.sql(UsageSums.LIMITED).update();
                return jdbc.sql(REPORT)
                    .param("since", since)
                    .param("until", until)
                    .param("live", live(since, until))
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

  /** The days without sums, and always the last one: {@code IN} needs at least one. */
  private List<LocalDate> live(LocalDate since, LocalDate until) {
    Set<LocalDate> known = sums.known();
    return since
        .datesUntil(until.plusDays(1))
        .filter(day -> day.equals(until) || !known.contains(day))
        .toList();
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
