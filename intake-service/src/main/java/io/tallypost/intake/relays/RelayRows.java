package io.tallypost.intake.relays;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jdbc.repository.query.Query;
import org.springframework.data.relational.core.sql.LockMode;
import org.springframework.data.relational.repository.Lock;
import org.springframework.data.repository.Repository;

/**
 * The rows of relays. Their ids are ours, so a repository cannot tell a new row from a known one:
 * {@code JdbcAggregateOperations} inserts and updates.
 */
interface RelayRows extends Repository<RelayRow, String> {

  Optional<RelayRow> findById(String id);

  /** The row, held against changes by others until the transaction ends. */
  @Lock(LockMode.PESSIMISTIC_WRITE)
  Optional<RelayRow> findLockedById(String id);

  List<RelayRow> findByUpdatedAtGreaterThanEqual(Instant since);

  /**
   * A page of relays, the oldest first.
   *
   * @param tenant whose; all tenants' if null
   */
  @Query(
      """
      SELECT * FROM intake.relay
      WHERE (:tenant::text IS NULL OR tenant = :tenant) AND (created_at, id) > (:at, :id)
      ORDER BY created_at, id LIMIT :rows
      """)
  List<RelayRow> page(@Nullable String tenant, Instant at, String id, int rows);

  void deleteById(String id);
}
