package io.posthorn.intake.keys;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.events.ApiKeyId;
import io.posthorn.events.EventJson;
import io.posthorn.events.Mailbox;
import io.posthorn.events.Mode;
import io.posthorn.events.QuotaLimit;
import io.posthorn.events.TenantId;
import io.posthorn.events.UnreadableRecordException;
import io.posthorn.keys.ApiKeySecret;
import io.posthorn.keys.ApiKeyState;
import io.posthorn.keys.KeyRestrictions;
import io.posthorn.keys.Scope;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of API keys and tenants. */
@Repository
class ApiKeyStore {
  private static final String COLUMNS =
      "id, tenant, name, mode, scopes, secrets, enabled, limits, default_from, restrictions, version, created_at, updated_at";

  private static final String SELECTED = COLUMNS + ", last_used_at";

  private final JdbcClient jdbc;

  ApiKeyStore(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  boolean hasTenant(TenantId tenant) {
    return jdbc.sql("SELECT count(*) FROM intake.tenant WHERE id = :id")
            .param("id", tenant.value())
            .query(Long.class)
            .single()
        > 0;
  }

  boolean hasOperator() {
    return jdbc.sql("SELECT count(*) FROM intake.api_key WHERE scopes @> CAST(:scope AS jsonb)")
            .param("scope", json(Set.of(Scope.OPERATOR)))
            .query(Long.class)
            .single()
        > 0;
  }

  /**
   * Adds a key.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has one of this name
   */
  void insert(ApiKeyRow row) {
    write(
        "INSERT INTO intake.api_key ("
            + COLUMNS
            + ") VALUES (:id, :tenant, :name, :mode, CAST(:scopes AS jsonb), CAST(:secrets AS jsonb), :enabled, CAST(:limits AS jsonb), CAST(:default_from AS jsonb), CAST(:restrictions AS jsonb), :version, :created_at, :updated_at)",
        row);
  }

  /**
   * Writes a key over; its row must be locked by {@link #lock}.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has another of this name
   */
  void update(ApiKeyRow row) {
    write(
        "UPDATE intake.api_key SET tenant = :tenant, name = :name, mode = :mode, scopes = CAST(:scopes AS jsonb), secrets = CAST(:secrets AS jsonb), enabled = :enabled, limits = CAST(:limits AS jsonb), default_from = CAST(:default_from AS jsonb), restrictions = CAST(:restrictions AS jsonb), version = :version, created_at = :created_at, updated_at = :updated_at WHERE id = :id",
        row);
  }

  private void write(String sql, ApiKeyRow row) {
    ApiKeyState key = row.state();
    jdbc.sql(sql)
        .param("id", key.id().value())
        .param("tenant", key.tenant().value())
        .param("name", key.name())
        .param("mode", key.mode().wireName())
        .param("scopes", json(key.scopes()))
        .param("secrets", json(key.secrets()))
        .param("enabled", key.enabled())
        .param("limits", json(key.limits()))
        .param("default_from", key.defaultFrom() == null ? null : json(key.defaultFrom()))
        .param("restrictions", json(key.restrictions()))
        .param("version", key.version())
        .param("created_at", row.createdAt().atOffset(ZoneOffset.UTC))
        .param("updated_at", row.updatedAt().atOffset(ZoneOffset.UTC))
        .update();
  }

  void delete(ApiKeyId id) {
    jdbc.sql("DELETE FROM intake.api_key WHERE id = :id").param("id", id.value()).update();
  }

  Optional<ApiKeyRow> find(ApiKeyId id) {
    return byId(id, "");
  }

  /** The row, held against changes by others until the transaction ends. */
  Optional<ApiKeyRow> lock(ApiKeyId id) {
    return byId(id, " FOR UPDATE");
  }

  private Optional<ApiKeyRow> byId(ApiKeyId id, String lock) {
    return jdbc.sql("SELECT " + SELECTED + " FROM intake.api_key WHERE id = :id" + lock)
        .param("id", id.value())
        .query(ApiKeyStore::row)
        .optional();
  }

  /** All keys, the oldest first. */
  List<ApiKeyRow> all() {
    return jdbc.sql("SELECT " + SELECTED + " FROM intake.api_key ORDER BY created_at, id")
        .query(ApiKeyStore::row)
        .list();
  }

  List<ApiKeyRow> changedSince(Instant since) {
    return jdbc.sql("SELECT " + SELECTED + " FROM intake.api_key WHERE updated_at >= :since")
        .param("since", since.atOffset(ZoneOffset.UTC))
        .query(ApiKeyStore::row)
        .list();
  }

  /**
   * A page of keys, the oldest first.
   *
   * @param tenant whose; all tenants' if empty
   * @param after the last one of the page before; from the start if empty
   */
  List<ApiKeyRow> page(Optional<TenantId> tenant, Optional<PageCursor> after, int most) {
    return jdbc.sql(
            "SELECT "
                + SELECTED
                + " FROM intake.api_key WHERE (CAST(:tenant AS text) IS NULL OR tenant = :tenant) AND (created_at, id) > (:at, :id) ORDER BY created_at, id LIMIT :most")
        .param("tenant", tenant.map(TenantId::value).orElse(null), Types.VARCHAR)
        .param("at", after.map(PageCursor::at).orElse(Instant.EPOCH).atOffset(ZoneOffset.UTC))
        .param("id", after.map(PageCursor::id).orElse(""))
        .param("most", most)
        .query(ApiKeyStore::row)
        .list();
  }

  private static ApiKeyRow row(ResultSet row, int number) throws SQLException {
    String defaultFrom = row.getString("default_from");
    return new ApiKeyRow(
        new ApiKeyState(
            ApiKeyState.SHAPE,
            row.getLong("version"),
            new ApiKeyId(row.getString("id")),
            new TenantId(row.getString("tenant")),
            row.getString("name"),
            Mode.valueOf(row.getString("mode").toUpperCase(Locale.ROOT)),
            Set.of(parsed(row.getString("scopes"), Scope[].class)),
            List.of(parsed(row.getString("secrets"), ApiKeySecret[].class)),
            row.getBoolean("enabled"),
            List.of(parsed(row.getString("limits"), QuotaLimit[].class)),
            defaultFrom == null ? null : parsed(defaultFrom, Mailbox.class),
            parsed(row.getString("restrictions"), KeyRestrictions.class)),
        instant(row, "created_at"),
        instant(row, "updated_at"),
        row.getString("last_used_at") == null ? null : instant(row, "last_used_at"));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static String json(Object value) {
    return new String(EventJson.write(value), UTF_8);
  }

  private static <T> T parsed(@Nullable String json, Class<T> type) throws SQLException {
    try {
      return EventJson.read(json == null ? null : json.getBytes(UTF_8), type);
    } catch (UnreadableRecordException e) {
      throw new SQLException("a column of intake.api_key is not what this build writes", e);
    }
  }
}
