package io.tallypost.intake.keys;

import static io.tallypost.intake.admin.ConfigTable.instant;
import static io.tallypost.intake.admin.ConfigTable.instantOrNull;
import static io.tallypost.intake.admin.ConfigTable.json;
import static io.tallypost.intake.admin.ConfigTable.parsed;
import static io.tallypost.intake.admin.ConfigTable.parsedOrNull;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ColumnValues;
import io.tallypost.intake.admin.ConfigTable;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.paging.Page;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of API keys and tenants. */
@Repository
class ApiKeyStore {
  private static final String COLUMNS =
      "id, tenant, name, mode, scopes, secrets, enabled, limits, default_from, restrictions, version, created_at, updated_at, created_by, last_used_at";

  /**
   * PostgreSQL takes the made ones for many and would read the table once for each generation of
   * them; by OFFSET 0 it looks for each one's own.
   */
  private static final String REVOKED_WITH =
      """
      WITH RECURSIVE made AS (
        SELECT id FROM intake.api_key_revocation WHERE revoked_with = :maker
        UNION
        SELECT k.id FROM made CROSS JOIN LATERAL (
          SELECT id FROM intake.api_key_revocation WHERE revoked_with = made.id OFFSET 0) k)
      SELECT id FROM made WHERE id <> :maker
      """;

  private static final long DELETIONS_LOCK = 0x64656c65746573L;

  private final JdbcClient jdbc;
  private final ConfigTable<ApiKeyRow> table;

  ApiKeyStore(JdbcClient jdbc) {
    this.jdbc = jdbc;
    this.table = new ConfigTable<>(jdbc, "intake.api_key", COLUMNS, ApiKeyStore::row);
  }

  boolean hasTenant(TenantId tenant) {
    return jdbc.sql("SELECT count(*) FROM intake.tenant WHERE id = :id AND id <> :everybody")
            .param("id", tenant.value())
            .param("everybody", TenantId.EVERYBODY.value())
            .query(Long.class)
            .single()
        > 0;
  }

  boolean isDisabled(TenantId tenant) {
    return jdbc.sql("SELECT count(*) FROM intake.tenant WHERE id = :id AND NOT enabled")
            .param("id", tenant.value())
            .query(Long.class)
            .single()
        > 0;
  }

  /** The keys of operators, held against changes by others until the transaction ends. */
  List<ApiKeyRow> lockOperators() {
    return jdbc.sql(
            "SELECT "
                + COLUMNS
                + " FROM intake.api_key WHERE scopes @> CAST(:scope AS jsonb) ORDER BY id FOR NO KEY UPDATE")
        .param("scope", json(Set.of(Scope.OPERATOR)))
        .query(ApiKeyStore::row)
        .list();
  }

  /**
   * Adds a key.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has one of this name
   */
  void insert(ApiKeyRow row) {
    ApiKeyId maker = row.state().createdBy();
    String id = maker == null ? null : maker.value();
    table.insert(values(row).set("created_by", id).set("revoked_with", id));
  }

  /**
   * Writes a key over; its row must be locked by {@link #lock}.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has another of this name
   */
  void update(ApiKeyRow row) {
    table.update(values(row));
  }

  private static ColumnValues values(ApiKeyRow row) {
    ApiKeyState key = row.state();
    return new ColumnValues()
        .set("id", key.id().value())
        .set("tenant", key.tenant().value())
        .set("name", key.name())
        .set("mode", key.mode().wireName())
        .json("scopes", key.scopes())
        .json("secrets", key.secrets())
        .set("enabled", key.enabled())
        .json("limits", key.limits())
        .json("default_from", key.defaultFrom())
        .json("restrictions", key.restrictions())
        .set("version", key.version())
        .time("created_at", row.createdAt())
        .time("updated_at", row.updatedAt());
  }

  /**
   * Keeps others from deleting keys until the transaction ends. So what a deleted key made does not
   * pass from it to its maker while that one's keys are looked for. Before any row is locked.
   */
  void lockDeletions() {
    jdbc.sql("SELECT pg_advisory_xact_lock(:lock)")
        .param("lock", DELETIONS_LOCK)
        .query((_, _) -> true)
        .single();
  }

  /**
   * Deletes a key, also one without a row. What would have been revoked with it is revoked from now
   * on with those that it would have been revoked with itself.
   */
  void delete(ApiKeyState key) {
    // A trigger hands down what went with a row.
    if (!table.delete(key.id().value())) {
      jdbc.sql("SELECT intake.hand_down(:key, CAST(:maker AS text))")
          .param("key", key.id().value())
          .param("maker", key.createdBy() == null ? null : key.createdBy().value())
          .query()
          .singleRow();
    }
  }

  Optional<ApiKeyRow> find(ApiKeyId id) {
    return table.find(id.value());
  }

  /**
   * The rows of these keys, held against changes by others until the transaction ends. All at once
   * and in the order of their ids, so that two who lock the same keys never wait for each other.
   */
  Map<ApiKeyId, ApiKeyRow> lock(Collection<ApiKeyId> ids) {
    return table.locked("id = ANY (:ids)", Map.of("ids", values(ids))).stream()
        .collect(Collectors.toMap(row -> row.state().id(), row -> row));
  }

  /** The keys that go to another maker when this one is deleted. */
  List<ApiKeyId> madeBy(ApiKeyId maker) {
    return jdbc.sql("SELECT id FROM intake.api_key WHERE revoked_with = :maker")
        .param("maker", maker.value())
        .query((row, _) -> new ApiKeyId(row.getString("id")))
        .list();
  }

  /** All keys that are revoked with this one, directly or through others. */
  List<ApiKeyId> revokedWith(ApiKeyId maker) {
    return jdbc.sql(REVOKED_WITH)
        .param("maker", maker.value())
        .query((row, _) -> new ApiKeyId(row.getString("id")))
        .list();
  }

  /**
   * Some keys that expired before this time and do not operate the installation, held against
   * others until the transaction ends.
   */
  List<ApiKeyRow> lockExpired(Instant before, int most) {
    return jdbc.sql(
            "SELECT "
                + COLUMNS
                + " FROM intake.api_key WHERE (restrictions ->> 'expires_at') COLLATE \"C\" < :before AND NOT scopes @> CAST(:operator AS jsonb) LIMIT :most FOR UPDATE SKIP LOCKED")
        .param("before", before.truncatedTo(ChronoUnit.SECONDS).toString())
        .param("operator", json(Set.of(Scope.OPERATOR)))
        .param("most", most)
        .query(ApiKeyStore::row)
        .list();
  }

  /** The row, which stays as it is until the transaction ends, and which others may hold too. */
  Optional<ApiKeyRow> hold(ApiKeyId id) {
    return table.hold(id.value());
  }

  /**
   * What these keys made, what came down to them, and whose secrets they learned; held as by {@link
   * #lock}.
   */
  List<ApiKeyRow> lockRevokedWith(Collection<ApiKeyId> makers) {
    return table.locked(
        "id = ANY (ARRAY(SELECT id FROM intake.api_key_revocation WHERE revoked_with = ANY (:makers)))",
        Map.of("makers", values(makers)));
  }

  /** One parameter: there may be more keys than a statement may have parameters. */
  private static String[] values(Collection<ApiKeyId> ids) {
    return ids.stream().map(ApiKeyId::value).toArray(String[]::new);
  }

  /** All keys, the oldest first. */
  List<ApiKeyRow> all() {
    return table.all();
  }

  List<ApiKeyRow> changedSince(Instant since) {
    return table.changedSince(since);
  }

  /**
   * A page of keys, the oldest first.
   *
   * @param tenant whose; all tenants' if empty
   */
  List<ApiKeyRow> page(Optional<TenantId> tenant, Page<String> page) {
    return tenant
        .map(one -> table.page("tenant = :tenant", Map.of("tenant", one.value()), page))
        .orElseGet(() -> table.page("true", Map.of(), page));
  }

  /** As {@link #page}, of those keys alone that are revoked with this one. */
  List<ApiKeyRow> pageOfMade(ApiKeyId maker, Optional<TenantId> tenant, Page<String> page) {
    return table.page(
        "id = ANY (ARRAY(" + REVOKED_WITH + ")) AND (tenant = :tenant OR :tenant = '')",
        Map.of("maker", maker.value(), "tenant", tenant.map(TenantId::value).orElse("")),
        page);
  }

  private static @Nullable ApiKeyId createdBy(ResultSet row) throws SQLException {
    String id = row.getString("created_by");
    return id == null ? null : new ApiKeyId(id);
  }

  private static ApiKeyRow row(ResultSet row, int number) throws SQLException {
    return new ApiKeyRow(
        new ApiKeyState(
            ApiKeyState.SHAPE,
            row.getLong("version"),
            new ApiKeyId(row.getString("id")),
            new TenantId(row.getString("tenant")),
            row.getString("name"),
            Mode.valueOf(row.getString("mode").toUpperCase(Locale.ROOT)),
            Set.of(parsed(row, "scopes", Scope[].class)),
            List.of(parsed(row, "secrets", ApiKeySecret[].class)),
            row.getBoolean("enabled"),
            List.of(parsed(row, "limits", QuotaLimit[].class)),
            parsedOrNull(row, "default_from", Mailbox.class),
            parsed(row, "restrictions", KeyRestrictions.class),
            createdBy(row)),
        instant(row, "created_at"),
        instant(row, "updated_at"),
        instantOrNull(row, "last_used_at"));
  }
}
