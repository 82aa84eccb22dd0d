package io.posthorn.intake.keys;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.events.EventJson;
import io.posthorn.events.QuotaLimit;
import io.posthorn.events.TenantId;
import io.posthorn.events.UnreadableRecordException;
import io.posthorn.keys.TenantState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of tenants. */
@Repository
class TenantStore {
  private static final String COLUMNS =
      "id, name, enabled, limits, version, created_at, updated_at";

  private final JdbcClient jdbc;

  TenantStore(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Higher than that of every tenant so far. */
  long nextVersion() {
    return jdbc.sql("SELECT nextval('intake.tenant_version')").query(Long.class).single();
  }

  /**
   * Adds a tenant.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its id or its name is taken
   */
  void insert(TenantRow row) {
    write(
        "INSERT INTO intake.tenant ("
            + COLUMNS
            + ") VALUES (:id, :name, :enabled, CAST(:limits AS jsonb), :version, :created_at, :updated_at)",
        row);
  }

  /**
   * Writes a tenant over; its row must be locked by {@link #lock}.
   *
   * @throws org.springframework.dao.DuplicateKeyException if another has its name
   */
  void update(TenantRow row) {
    write(
        "UPDATE intake.tenant SET name = :name, enabled = :enabled, limits = CAST(:limits AS jsonb), version = :version, created_at = :created_at, updated_at = :updated_at WHERE id = :id",
        row);
  }

  private void write(String sql, TenantRow row) {
    TenantState tenant = row.state();
    jdbc.sql(sql)
        .param("id", tenant.id().value())
        .param("name", tenant.name())
        .param("enabled", tenant.enabled())
        .param("limits", new String(EventJson.write(tenant.limits()), UTF_8))
        .param("version", tenant.version())
        .param("created_at", row.createdAt().atOffset(ZoneOffset.UTC))
        .param("updated_at", row.updatedAt().atOffset(ZoneOffset.UTC))
        .update();
  }

  /**
   * Removes a tenant.
   *
   * @throws org.springframework.dao.DataIntegrityViolationException if it has keys
   */
  void delete(TenantId id) {
    jdbc.sql("DELETE FROM intake.tenant WHERE id = :id").param("id", id.value()).update();
  }

  Optional<TenantRow> find(TenantId id) {
    return byId(id, "");
  }

  /** The row, held against changes by others until the transaction ends. */
  Optional<TenantRow> lock(TenantId id) {
    return byId(id, " FOR UPDATE");
  }

  private Optional<TenantRow> byId(TenantId id, String lock) {
    return jdbc.sql("SELECT " + COLUMNS + " FROM intake.tenant WHERE id = :id" + lock)
        .param("id", id.value())
        .query(TenantStore::row)
        .optional();
  }

  /** All tenants, the oldest first. */
  List<TenantRow> all() {
    return jdbc.sql("SELECT " + COLUMNS + " FROM intake.tenant ORDER BY created_at, id")
        .query(TenantStore::row)
        .list();
  }

  /** A page of tenants, the oldest first. */
  List<TenantRow> page(Optional<PageCursor> after, int most) {
    return jdbc.sql(
            "SELECT "
                + COLUMNS
                + " FROM intake.tenant WHERE (created_at, id) > (:at, :id) ORDER BY created_at, id LIMIT :most")
        .param("at", after.map(PageCursor::at).orElse(Instant.EPOCH).atOffset(ZoneOffset.UTC))
        .param("id", after.map(PageCursor::id).orElse(""))
        .param("most", most)
        .query(TenantStore::row)
        .list();
  }

  private static TenantRow row(ResultSet row, int number) throws SQLException {
    try {
      return new TenantRow(
          new TenantState(
              TenantState.SHAPE,
              row.getLong("version"),
              new TenantId(row.getString("id")),
              row.getString("name"),
              row.getBoolean("enabled"),
              List.of(EventJson.read(row.getString("limits").getBytes(UTF_8), QuotaLimit[].class))),
          row.getObject("created_at", OffsetDateTime.class).toInstant(),
          row.getObject("updated_at", OffsetDateTime.class).toInstant());
    } catch (UnreadableRecordException e) {
      throw new SQLException("a column of intake.tenant is not what this build writes", e);
    }
  }
}
