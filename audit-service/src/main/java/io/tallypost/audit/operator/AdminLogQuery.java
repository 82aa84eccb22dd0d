package io.tallypost.audit.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.paging.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Finds entries of the admin log, the newest first. */
@Repository
class AdminLogQuery {
  private final JdbcClient jdbc;

  AdminLogQuery(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Finds a page's rows.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked
   */
  List<LoggedAction> page(AdminLogFilter filter, Page<UUID> page) {
    return jdbc.sql(
            """
            SELECT * FROM audit.admin_log WHERE %s AND (at, event_id) < (:before_at, :before_id)
            ORDER BY at DESC, event_id DESC LIMIT :rows
            """
                .formatted(filter.sql()))
        .params(filter.params())
        .param("before_at", page.after().utc())
        .param("before_id", page.after().id())
        .param("rows", page.rows())
        .query((row, n) -> entry(row))
        .list();
  }

  @SuppressWarnings("NullAway") // JDBC gives null for NULL
  private static LoggedAction entry(ResultSet row) throws SQLException {
    return new LoggedAction(
        row.getObject("event_id", UUID.class),
        row.getObject("at", OffsetDateTime.class).toInstant(),
        row.getString("service"),
        row.getString("actor"),
        row.getString("actor_name"),
        row.getString("actor_tenant"),
        row.getString("client"),
        row.getString("request_id"),
        row.getString("action"),
        row.getString("subject_id"),
        row.getString("tenant"),
        List.of((String[]) row.getArray("fields").getArray()),
        row.getString("detail"),
        values(row.getString("before")),
        values(row.getString("after")));
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Map<String, Object> values(@Nullable String json) throws SQLException {
    try {
      return json == null ? null : EventJson.read(json.getBytes(UTF_8), Map.class);
    } catch (UnreadableRecordException e) {
      throw new SQLException("a column of the admin log is no JSON object", e);
    }
  }
}
