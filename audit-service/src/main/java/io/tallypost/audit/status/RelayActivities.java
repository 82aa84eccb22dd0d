package io.tallypost.audit.status;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Reads relays' recent results from the send log. */
@Repository
class RelayActivities {
  static final Duration LATELY = Duration.ofMinutes(5);

  private static final int PATIENCE_SECONDS = 4;

  private static final String LATEST =
      """
      SELECT relay,
             (array_agg(state ORDER BY occurred_at DESC))[1] AS state,
             (array_agg(reason ORDER BY occurred_at DESC))[1] AS last_reason,
             max(occurred_at) AS last_at,
             count(*) FILTER (WHERE state = 'delivered') AS delivered,
             count(*) FILTER (WHERE state = 'deferred') AS deferred,
             count(*) FILTER (WHERE state = 'failed') AS failed,
             count(*) FILTER (WHERE state = 'parked') AS parked
      FROM (SELECT occurred_at, detail ->> 'relay' AS relay, detail ->> 'reason' AS reason,
                   CASE WHEN detail ->> 'counted' = 'false' THEN 'parked' ELSE detail ->> 'end' END AS state
            FROM audit.timeline
            WHERE occurred_at >= :since AND detail ->> 'type' = 'attempted') AS attempt
      GROUP BY relay
      ORDER BY relay
      """;

  private final JdbcClient jdbc;

  RelayActivities(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * The relays that had mail recently, by name.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked, or not in
   *     time
   */
  List<RelayActivity> until(Instant now) {
    return jdbc.sql(LATEST)
        .withQueryTimeout(PATIENCE_SECONDS)
        .param("since", now.minus(LATELY).atOffset(ZoneOffset.UTC))
        .query((row, number) -> activity(row))
        .list();
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static RelayActivity activity(ResultSet row) throws SQLException {
    return new RelayActivity(
        row.getString("relay"),
        RelayActivity.State.of(row.getString("state")),
        row.getObject("last_at", OffsetDateTime.class).toInstant(),
        row.getString("last_reason"),
        row.getLong("delivered"),
        row.getLong("deferred"),
        row.getLong("failed"),
        row.getLong("parked"));
  }
}
