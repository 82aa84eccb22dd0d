package io.tallypost.intake.relays;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.admin.ConfigTable;
import io.tallypost.kit.paging.Page;
import io.tallypost.relays.RelayState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of relays. */
@Repository
class RelayStore {
  private final JdbcClient jdbc;
  private final ConfigTable<ConfigRow<RelayState>> table;

  RelayStore(JdbcClient jdbc) {
    this.jdbc = jdbc;
    this.table =
        new ConfigTable<>(jdbc, "intake.relay", "state, created_at, updated_at", RelayStore::row);
  }

  /**
   * Adds a relay.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has one of this name
   * @throws org.springframework.dao.DataIntegrityViolationException if there is no such tenant
   */
  void insert(ConfigRow<RelayState> row) {
    write(
        "INSERT INTO intake.relay (id, tenant, name, state, created_at, updated_at) VALUES (:id, :tenant, :name, CAST(:state AS jsonb), :created_at, :updated_at)",
        row);
  }

  /**
   * Writes a relay over; its row must be locked by {@link #lock}.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has another of this name
   */
  void update(ConfigRow<RelayState> row) {
    write(
        "UPDATE intake.relay SET tenant = :tenant, name = :name, state = CAST(:state AS jsonb), created_at = :created_at, updated_at = :updated_at WHERE id = :id",
        row);
  }

  private void write(String sql, ConfigRow<RelayState> row) {
    RelayState relay = row.state();
    jdbc.sql(sql)
        .param("id", relay.id().value())
        .param("tenant", relay.tenant().value())
        .param("name", relay.name())
        .param("state", ConfigTable.json(relay))
        .param("created_at", ConfigTable.utc(row.createdAt()))
        .param("updated_at", ConfigTable.utc(row.updatedAt()))
        .update();
  }

  void delete(RelayId id) {
    table.delete(id.value());
  }

  Optional<ConfigRow<RelayState>> find(RelayId id) {
    return table.find(id.value());
  }

  /** The row, held against changes by others until the transaction ends. */
  Optional<ConfigRow<RelayState>> lock(RelayId id) {
    return table.lock(id.value());
  }

  List<ConfigRow<RelayState>> changedSince(Instant since) {
    return table.changedSince(since);
  }

  /** A page of relays, the oldest first; all tenants' if none is named. */
  List<ConfigRow<RelayState>> page(Optional<TenantId> tenant, Page<String> page) {
    return table.pageOf(tenant, page);
  }

  private static ConfigRow<RelayState> row(ResultSet row, int number) throws SQLException {
    return new ConfigRow<>(
        ConfigTable.parsed(row, "state", RelayState.class),
        ConfigTable.instant(row, "created_at"),
        ConfigTable.instant(row, "updated_at"));
  }
}
