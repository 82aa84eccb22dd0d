package io.tallypost.intake.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.paging.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A table of config that has columns {@code id} and {@code created_at}: the queries that all such
 * tables share.
 *
 * @param <R> what a row is read as
 */
public final class ConfigTable<R> {
  private final JdbcClient jdbc;
  private final String table;
  private final String select;
  private final RowMapper<R> mapper;

  /**
   * Describes a table.
   *
   * @param columns what is selected
   */
  public ConfigTable(JdbcClient jdbc, String table, String columns, RowMapper<R> mapper) {
    this.jdbc = jdbc;
    this.table = table;
    this.select = "SELECT " + columns + " FROM " + table;
    this.mapper = mapper;
  }

  public Optional<R> find(String id) {
    return byId(id, "");
  }

  /** The row, held against changes by others until the transaction ends. */
  public Optional<R> lock(String id) {
    return byId(id, " FOR UPDATE");
  }

  /** The row, which stays as it is until the transaction ends, and which others may hold too. */
  public Optional<R> hold(String id) {
    return byId(id, " FOR KEY SHARE");
  }

  private Optional<R> byId(String id, String lock) {
    return jdbc.sql(select + " WHERE id = :id" + lock).param("id", id).query(mapper).optional();
  }

  /** Rows by the order of their ids, held against changes by others until the transaction ends. */
  public List<R> locked(String where, Map<String, ?> parameters) {
    return jdbc.sql(select + " WHERE " + where + " ORDER BY id FOR UPDATE")
        .params(parameters)
        .query(mapper)
        .list();
  }

  /** All rows, the oldest first. */
  public List<R> all() {
    return jdbc.sql(select + " ORDER BY created_at, id").query(mapper).list();
  }

  /** All rows that were changed since then. */
  public List<R> changedSince(Instant since) {
    return jdbc.sql(select + " WHERE updated_at >= :since")
        .param("since", since.atOffset(ZoneOffset.UTC))
        .query(mapper)
        .list();
  }

  /**
   * A page of rows, the oldest first.
   *
   * @param where which rows, with named parameters
   */
  public List<R> page(String where, Map<String, ?> parameters, Page<String> page) {
    return jdbc.sql(
            select
                + " WHERE "
                + where
                + " AND (created_at, id) > (:at, :after) ORDER BY created_at, id LIMIT :rows")
        .params(parameters)
        .param("at", page.after().utc())
        .param("after", page.after().id())
        .param("rows", page.rows())
        .query(mapper)
        .list();
  }

  public void insert(ColumnValues row) {
    jdbc.sql(row.insertInto(table)).params(row.parameters()).update();
  }

  /** Writes the row over that has the same id. */
  public void update(ColumnValues row) {
    jdbc.sql(row.update(table)).params(row.parameters()).update();
  }

  /** Whether there was a row to delete. */
  public boolean delete(String id) {
    return jdbc.sql("DELETE FROM " + table + " WHERE id = :id").param("id", id).update() > 0;
  }

  /** A value as a parameter of type jsonb; null stays null. */
  public static @Nullable String json(@Nullable Object value) {
    return value == null ? null : new String(EventJson.write(value), UTF_8);
  }

  /** What {@link #json} wrote. */
  public static <T> T parsed(ResultSet row, String column, Class<T> type) throws SQLException {
    String json = row.getString(column);
    try {
      return EventJson.read(json == null ? null : json.getBytes(UTF_8), type);
    } catch (UnreadableRecordException e) {
      throw new SQLException("column " + column + " is not what this build writes", e);
    }
  }

  /** As {@link #parsed}, for a column that may be null. */
  public static <T> @Nullable T parsedOrNull(ResultSet row, String column, Class<T> type)
      throws SQLException {
    return row.getString(column) == null ? null : parsed(row, column, type);
  }

  /** A time; null where there is none. */
  public static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  public static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  /** A time as a parameter. */
  public static @Nullable OffsetDateTime utc(@Nullable Instant at) {
    return at == null ? null : at.atOffset(ZoneOffset.UTC);
  }
}
