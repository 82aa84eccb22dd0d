package io.posthorn.intake.keys;

import io.posthorn.config.CompactedView;
import io.posthorn.events.EventJson;
import io.posthorn.events.TenantId;
import io.posthorn.events.Topics;
import io.posthorn.keys.TenantState;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes and changes tenants, as {@link ApiKeyRegister} does keys. */
@Service
class TenantRegister {
  private static final Logger log = LoggerFactory.getLogger(TenantRegister.class);

  private final TenantStore store;
  private final Outbox outbox;
  private final Tombstones tombstones;
  private final AdminLog adminLog;
  private final OutboxPublisher publisher;
  private final CompactedView<TenantState> view;
  private final TransactionTemplate transaction;
  private final InstantSource clock;

  TenantRegister(
      TenantStore store,
      Outbox outbox,
      Tombstones tombstones,
      AdminLog adminLog,
      OutboxPublisher publisher,
      CompactedView<TenantState> view,
      TransactionTemplate transaction,
      InstantSource clock) {
    this.store = store;
    this.outbox = outbox;
    this.tombstones = tombstones;
    this.adminLog = adminLog;
    this.publisher = publisher;
    this.view = view;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** What a tenant is to become, at the version that it is given. */
  interface Next {
    TenantState of(TenantState before, long version);
  }

  List<TenantRow> page(Optional<PageCursor> after, int most) {
    return store.page(after, most);
  }

  Optional<TenantRow> find(TenantId id) {
    return store.find(id);
  }

  /**
   * Makes a tenant.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its id or its name is taken
   */
  TenantRow create(LongFunction<TenantState> wanted, AdminLog.Change change) {
    TenantRow created =
        transaction.execute(_ -> {
          Instant now = now();
          var row = new TenantRow(wanted.apply(store.nextVersion()), now, now);
          store.insert(row);
          publish(row.state());
          adminLog.add(change, row.state().id().value(), row.state().id(), now);
          return row;
        });
    known(created.state());
    return created;
  }

  /**
   * Changes a tenant.
   *
   * @return the tenant as it is then; empty if there is none
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<TenantRow> change(TenantId id, AdminLog.Change change, Next next) {
    Optional<TenantRow> changed =
        transaction.execute(_ ->
            store
                .lock(id)
                .map(row -> {
                  var state = next.of(row.state(), store.nextVersion());
                  var changedRow = new TenantRow(state, row.createdAt(), now());
                  store.update(changedRow);
                  publish(state);
                  adminLog.add(change, id.value(), id, changedRow.updatedAt());
                  return changedRow;
                }));
    changed.ifPresent(row -> known(row.state()));
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
                .map(_ -> {
                  long version = store.nextVersion();
                  store.delete(id);
                  outbox.add(Topics.TENANTS, id.value(), null, version);
                  tombstones.add(
                      new Tombstones.Tombstone(Topics.TENANTS, id.value(), version), now());
                  adminLog.add(change, id.value(), id, now());
                  return version;
                }));
    tombstone.ifPresent(version -> view.put(id.value(), version, null));
    publisher.wake();
    return tombstone.isPresent();
  }

  /** Publishes again what the topic has not or has older; the view must have caught up. */
  void repair() {
    for (TenantRow row : store.all()) {
      TenantState state = row.state();
      boolean current =
          view.get(state.id().value())
              .filter(seen -> seen.version() >= state.version())
              .isPresent();
      if (!current) {
        log.atInfo().addKeyValue("tenant_id", state.id()).log("tenant published again");
        transaction.executeWithoutResult(_ -> publish(state));
        known(state);
      }
    }
  }

  private void publish(TenantState state) {
    outbox.add(Topics.TENANTS, state.id().value(), EventJson.write(state), state.version());
  }

  private void known(TenantState state) {
    view.put(state.id().value(), state.version(), state);
    publisher.wake();
  }

  private Instant now() {
    // As fine as PostgreSQL keeps it.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
