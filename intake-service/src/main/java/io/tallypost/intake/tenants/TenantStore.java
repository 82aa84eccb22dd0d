package io.tallypost.intake.tenants;

import static io.tallypost.intake.admin.ConfigTable.instant;
import static io.tallypost.intake.admin.ConfigTable.instantOrNull;
import static io.tallypost.intake.admin.ConfigTable.parsed;
import static io.tallypost.intake.admin.ConfigTable.parsedOrNull;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ColumnValues;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.admin.ConfigTable;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.paging.Page;
import io.tallypost.mail.Mailbox;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of tenants. */
@Repository
public class TenantStore {
  private static final String COLUMNS =
      "id, name, enabled, limits, default_from, held_since, released_at, allowed_sender_domains, version, created_at, updated_at";

  private final JdbcClient jdbc;
  private final ConfigTable<ConfigRow<TenantState>> table;

  public TenantStore(JdbcClient jdbc) {
    this.jdbc = jdbc;
    this.table = new ConfigTable<>(jdbc, "intake.tenant", COLUMNS, TenantStore::row);
  }

  /** Higher than that of every tenant so far. */
  public long nextVersion() {
    return jdbc.sql("SELECT nextval('intake.tenant_version')").query(Long.class).single();
  }

  /**
   * Adds a tenant.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its id or its name is taken
   */
  void insert(ConfigRow<TenantState> row) {
    table.insert(values(row));
  }

  /**
   * Writes a tenant over; its row must be locked by {@link #lock}.
   *
   * @throws org.springframework.dao.DuplicateKeyException if another has its name
   */
  void update(ConfigRow<TenantState> row) {
    table.update(values(row));
  }

  private static ColumnValues values(ConfigRow<TenantState> row) {
    TenantState tenant = row.state();
    return new ColumnValues()
        .set("id", tenant.id().value())
        .set("name", tenant.name())
        .set("enabled", tenant.enabled())
        .json("limits", tenant.limits())
        .json("default_from", tenant.defaultFrom())
        .time("held_since", tenant.heldSince())
        .time("released_at", tenant.releasedAt())
        .json("allowed_sender_domains", tenant.allowedSenderDomains())
        .set("version", tenant.version())
        .time("created_at", row.createdAt())
        .time("updated_at", row.updatedAt());
  }

  /**
   * Removes a tenant.
   *
   * @throws org.springframework.dao.DataIntegrityViolationException if it has keys or relays
   */
  void delete(TenantId id) {
    table.delete(id.value());
  }

  public Optional<ConfigRow<TenantState>> find(TenantId id) {
    return table.find(id.value());
  }

  /** The row, held against changes by others until the transaction ends. */
  Optional<ConfigRow<TenantState>> lock(TenantId id) {
    return table.lock(id.value());
  }

  /** All tenants and {@link TenantId#EVERYBODY}, the oldest first. */
  List<ConfigRow<TenantState>> all() {
    return table.all();
  }

  /** A page of tenants, the oldest first. */
  List<ConfigRow<TenantState>> page(Page<String> page) {
    return table.page("id <> :everybody", Map.of("everybody", TenantId.EVERYBODY.value()), page);
  }

  private static ConfigRow<TenantState> row(ResultSet row, int number) throws SQLException {
    return new ConfigRow<>(
        new TenantState(
            TenantState.SHAPE,
            row.getLong("version"),
            new TenantId(row.getString("id")),
            row.getString("name"),
            row.getBoolean("enabled"),
            List.of(parsed(row, "limits", QuotaLimit[].class)),
            parsedOrNull(row, "default_from", Mailbox.class),
            instantOrNull(row, "held_since"),
            instantOrNull(row, "released_at"),
            List.of(parsed(row, "allowed_sender_domains", DomainRule[].class))),
        instant(row, "created_at"),
        instant(row, "updated_at"));
  }
}
