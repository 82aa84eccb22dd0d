package io.tallypost.intake.tenants;

import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.keys.ApiKeyRegister;
import io.tallypost.intake.keys.CallerRows;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.paging.Page;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes and changes tenants, as {@link ApiKeyRegister} does keys. A caller that is no operator any
 * more by then is refused with 401 or 403, and nothing is done.
 */
public class TenantRegister {
  private final TenantStore store;
  private final CallerRows callers;
  private final FormerTenants former;
  private final ReservedIds reserved;
  private final Ceilings ceilings;
  private final ConfigTopic<TenantState> topic;
  private final AdminLog adminLog;
  private final TransactionTemplate transaction;
  private final InstantSource clock;

  TenantRegister(
      TenantStore store,
      CallerRows callers,
      FormerTenants former,
      ReservedIds reserved,
      Ceilings ceilings,
      ConfigTopic<TenantState> topic,
      AdminLog adminLog,
      TransactionTemplate transaction,
      InstantSource clock) {
    this.store = store;
    this.callers = callers;
    this.former = former;
    this.reserved = reserved;
    this.ceilings = ceilings;
    this.topic = topic;
    this.adminLog = adminLog;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** A tenant's next state, at the given version. */
  interface Next {
    TenantState of(TenantState before, long version);
  }

  List<ConfigRow<TenantState>> page(Page<String> page) {
    return store.page(page);
  }

  Optional<ConfigRow<TenantState>> find(TenantId id) {
    return store.find(id);
  }

  /**
   * Makes a tenant.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its id or its name is taken
   * @throws io.tallypost.kit.problems.ProblemException 409 if there are too many, or its id is that
   *     of a former one
   */
  ConfigRow<TenantState> create(
      Caller caller, LongFunction<TenantState> wanted, AdminLog.Change change) {
    ConfigRow<TenantState> created =
        transaction.execute(_ -> {
          callers.refuseUnlessOperates(caller);
          ceilings.lockTenants();
          Instant now = now();
          var row = new ConfigRow<>(wanted.apply(store.nextVersion()), now, now);
          // Waits for a deletion of this id, which is then found among the former tenants.
          store.insert(row);
          refuseIfReserved(row.state().id());
          ceilings.refuseTooManyTenants();
          topic.publish(row.state());
          adminLog.add(change, subject(null, row.state()), now);
          return row;
        });
    topic.committed(created.state());
    return created;
  }

  /** The topic may know of a deletion that a restored database does not. */
  private void refuseIfReserved(TenantId id) {
    former
        .find(id)
        .or(() -> topic.known(id.value()))
        .filter(tenant -> reserved.isReserved(tenant, now()))
        .ifPresent(tenant -> {
          throw reserved.refusal(tenant);
        });
  }

  /**
   * Changes a tenant. A change of nothing leaves no trace.
   *
   * @return the tenant as it is then; empty if there is none
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<ConfigRow<TenantState>> change(
      Caller caller, TenantId id, AdminLog.Change change, Next next) {
    Optional<ConfigRow<TenantState>> changed =
        transaction.execute(_ -> {
          callers.refuseUnlessOperates(caller);
          return store
              .lock(id)
              .map(row -> {
                if (next.of(row.state(), row.state().version()).equals(row.state())) {
                  return row;
                }
                var state = next.of(row.state(), store.nextVersion());
                var changedRow = new ConfigRow<>(state, row.createdAt(), now());
                store.update(changedRow);
                topic.publish(state);
                adminLog.add(change, subject(row.state(), state), changedRow.updatedAt());
                return changedRow;
              });
        });
    changed.ifPresent(row -> topic.committed(row.state()));
    return changed;
  }

  /**
   * Deletes a tenant. Its id stays on the topic, as that of a former one, until it is free.
   *
   * @return what it means; empty if there was none
   * @throws org.springframework.dao.DataIntegrityViolationException if it has keys or relays
   */
  Optional<TenantDeletion> delete(Caller caller, TenantId id, AdminLog.Change change) {
    Optional<TenantState> deleted =
        transaction.execute(_ -> {
          callers.refuseUnlessOperates(caller);
          return store
              .lock(id)
              .map(row -> {
                store.delete(id);
                TenantState state = former.told(id).orElseThrow();
                topic.publish(state);
                adminLog.add(change, subject(row.state(), null), now());
                return state;
              });
        });
    deleted.ifPresent(topic::committed);
    return deleted.map(TenantState::deletedAt).map(at -> TenantDeletion.of(id, at, reserved));
  }

  /**
   * Puts former tenants on the topic that are not there yet: those that a process of the version
   * before deleted, or that were deleted before there were any.
   *
   * @return how many
   */
  public int tellFormer() {
    List<TenantState> told =
        transaction.execute(_ -> {
          // Nobody makes a tenant with the id of one of these meanwhile.
          ceilings.lockTenants();
          List<TenantState> untold = former.untold();
          untold.forEach(topic::publish);
          return untold;
        });
    told.forEach(topic::committed);
    return told.size();
  }

  /**
   * Gives the ids free of tenants that were deleted long ago.
   *
   * @return how many
   */
  public int freeIds(Instant now) {
    Map<TenantId, Long> freed = transaction.execute(_ -> freed(now));
    freed.forEach((id, version) -> topic.committedDeletion(id.value(), version));
    return freed.size();
  }

  private Map<TenantId, Long> freed(Instant now) {
    // So that a new tenant of this id gets a higher version.
    ceilings.lockTenants();
    var freed = new HashMap<TenantId, Long>();
    for (TenantId id : former.forgetBefore(reserved.deletedBefore(now))) {
      // A process of the version before may have given the id to another tenant.
      if (store.lock(id).isEmpty()) {
        long version = store.nextVersion();
        topic.publishDeletion(id.value(), version, now);
        freed.put(id, version);
      }
    }
    return freed;
  }

  private static AdminLog.Subject subject(
      @Nullable TenantState before, @Nullable TenantState after) {
    TenantId id = Objects.requireNonNull(after == null ? before : after).id();
    return new AdminLog.Subject(id.value(), id, before, after);
  }

  private Instant now() {
    // PostgreSQL's precision.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
