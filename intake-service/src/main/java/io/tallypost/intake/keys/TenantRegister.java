package io.tallypost.intake.keys;

import io.tallypost.events.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.admin.ConfigTopic;
import io.tallypost.intake.admin.PageCursor;
import io.tallypost.keys.TenantState;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes and changes tenants, as {@link ApiKeyRegister} does keys. */
@Service
class TenantRegister {
  private final TenantStore store;
  private final ConfigTopic<TenantState> topic;
  private final AdminLog adminLog;
  private final TransactionTemplate transaction;
  private final InstantSource clock;

  TenantRegister(
      TenantStore store,
      ConfigTopic<TenantState> topic,
      AdminLog adminLog,
      TransactionTemplate transaction,
      InstantSource clock) {
    this.store = store;
    this.topic = topic;
    this.adminLog = adminLog;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** What a tenant is to become, at the version that it is given. */
  interface Next {
    TenantState of(TenantState before, long version);
  }

  List<ConfigRow<TenantState>> page(Optional<PageCursor> after, int most) {
    return store.page(after, most);
  }

  Optional<ConfigRow<TenantState>> find(TenantId id) {
    return store.find(id);
  }

  /**
   * Makes a tenant.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its id or its name is taken
   */
  ConfigRow<TenantState> create(LongFunction<TenantState> wanted, AdminLog.Change change) {
    ConfigRow<TenantState> created =
        transaction.execute(_ -> {
          Instant now = now();
          var row = new ConfigRow<>(wanted.apply(store.nextVersion()), now, now);
          store.insert(row);
          topic.publish(row.state());
          adminLog.add(change, subject(null, row.state()), now);
          return row;
        });
    topic.committed(created.state());
    return created;
  }

  /**
   * Changes a tenant.
   *
   * @return the tenant as it is then; empty if there is none
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<ConfigRow<TenantState>> change(TenantId id, AdminLog.Change change, Next next) {
    Optional<ConfigRow<TenantState>> changed =
        transaction.execute(_ ->
            store
                .lock(id)
                .map(row -> {
                  var state = next.of(row.state(), store.nextVersion());
                  var changedRow = new ConfigRow<>(state, row.createdAt(), now());
                  store.update(changedRow);
                  topic.publish(state);
                  adminLog.add(change, subject(row.state(), state), changedRow.updatedAt());
                  return changedRow;
                }));
    changed.ifPresent(row -> topic.committed(row.state()));
    return changed;
  }

  /**
   * Deletes a tenant.
   *
   * @return whether there was one
   * @throws org.springframework.dao.DataIntegrityViolationException if it has keys
   */
  boolean delete(TenantId id, AdminLog.Change change) {
    Optional<Long> tombstone =
        transaction.execute(_ ->
            store
                .lock(id)
                .map(row -> {
                  long version = store.nextVersion();
                  store.delete(id);
                  topic.publishDeletion(id.value(), version, now());
                  adminLog.add(change, subject(row.state(), null), now());
                  return version;
                }));
    tombstone.ifPresent(version -> topic.committedDeletion(id.value(), version));
    return tombstone.isPresent();
  }

  private static AdminLog.Subject subject(
      @Nullable TenantState before, @Nullable TenantState after) {
    TenantId id = Objects.requireNonNull(after == null ? before : after).id();
    return new AdminLog.Subject(id.value(), id, before, after);
  }

  private Instant now() {
    // As fine as PostgreSQL keeps it.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
