package io.tallypost.intake.tenants;

import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ConfigTable;
import io.tallypost.keys.TenantState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The rows of deleted tenants whose ids are still reserved. A trigger adds them. */
@Repository
public class FormerTenants {
  /** So few that the deletion holds nobody up. */
  private static final int BATCH = 100;

  private final JdbcClient jdbc;

  public FormerTenants(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** The row of the last tenant with this id; empty if there was none. */
  public Optional<TenantState> find(TenantId id) {
    return jdbc.sql("SELECT id, version, deleted_at FROM intake.former_tenant WHERE id = :id")
        .param("id", id.value())
        .query(FormerTenants::state)
        .optional();
  }

  /** As {@link #find}, for whoever puts it on its way to the topic now. */
  public Optional<TenantState> told(TenantId id) {
    return jdbc.sql(
            "UPDATE intake.former_tenant SET told = true WHERE id = :id RETURNING id, version, deleted_at")
        .param("id", id.value())
        .query(FormerTenants::state)
        .optional();
  }

  public List<TenantState> all() {
    return jdbc.sql("SELECT id, version, deleted_at FROM intake.former_tenant")
        .query(FormerTenants::state)
        .list();
  }

  /**
   * Those whose state was not put on its way to the topic yet, which it is from now on; none whose
   * id another tenant has, which the topic must go on to tell of. Replicas may ask at once: each
   * skips what another holds.
   */
  List<TenantState> untold() {
    return jdbc.sql(
            """
            UPDATE intake.former_tenant SET told = true WHERE id = ANY (ARRAY(
              SELECT id FROM intake.former_tenant f
              WHERE NOT told AND NOT EXISTS (SELECT FROM intake.tenant t WHERE t.id = f.id)
              LIMIT :batch FOR UPDATE SKIP LOCKED))
            RETURNING id, version, deleted_at
            """)
        .param("batch", BATCH)
        .query(FormerTenants::state)
        .list();
  }

  /**
   * Forgets some of those that were deleted before this time. Replicas may do it at once: each
   * skips what another holds.
   *
   * @return whose ids are free now
   */
  List<TenantId> forgetBefore(Instant time) {
    return jdbc.sql(
            """
            DELETE FROM intake.former_tenant WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM intake.former_tenant WHERE deleted_at < :time
              ORDER BY deleted_at LIMIT :batch FOR UPDATE SKIP LOCKED))
            RETURNING id
            """)
        .param("time", ConfigTable.utc(time))
        .param("batch", BATCH)
        .query((row, _) -> new TenantId(row.getString("id")))
        .list();
  }

  private static TenantState state(ResultSet row, int number) throws SQLException {
    return TenantState.deleted(
        new TenantId(row.getString("id")),
        row.getLong("version"),
        ConfigTable.instant(row, "deleted_at"));
  }
}
