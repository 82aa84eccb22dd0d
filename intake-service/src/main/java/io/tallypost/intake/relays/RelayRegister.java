package io.tallypost.intake.relays;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.keys.CallerRows;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SealedSecret;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.jdbc.core.JdbcAggregateOperations;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes and changes relays; {@link ConfigTopic} brings a change to all services. A caller that is
 * no operator any more by then is refused with 401 or 403, and nothing is done.
 */
class RelayRegister {
  private static final Logger log = LoggerFactory.getLogger(RelayRegister.class);

  private final RelayRows rows;
  private final CallerRows callers;
  private final JdbcAggregateOperations writes;
  private final ConfigTopic<RelayState> topic;
  private final ConfigTopic<TenantState> tenants;
  private final Ceilings ceilings;
  private final AdminLog adminLog;
  private final TransactionTemplate transaction;
  private final KeyRing keys;
  private final InstantSource clock;

  RelayRegister(
      RelayRows rows,
      CallerRows callers,
      JdbcAggregateOperations writes,
      ConfigTopic<RelayState> topic,
      ConfigTopic<TenantState> tenants,
      Ceilings ceilings,
      AdminLog adminLog,
      TransactionTemplate transaction,
      KeyRing keys,
      InstantSource clock) {
    this.rows = rows;
    this.callers = callers;
    this.writes = writes;
    this.topic = topic;
    this.tenants = tenants;
    this.ceilings = ceilings;
    this.adminLog = adminLog;
    this.transaction = transaction;
    this.keys = keys;
    this.clock = clock;
  }

  /** Whether relays can be made for it; also for all tenants together. */
  boolean hasTenant(TenantId tenant) {
    return tenants.known(tenant.value()).filter(known -> !known.wasDeleted()).isPresent();
  }

  List<RelayRow> page(Optional<TenantId> tenant, Page<String> page) {
    return rows.page(
        tenant.map(TenantId::value).orElse(null),
        page.after().at(),
        page.after().id(),
        page.rows());
  }

  Optional<RelayRow> find(RelayId id) {
    return rows.findById(id.value());
  }

  /**
   * Adds a relay.
   *
   * @throws org.springframework.dao.DuplicateKeyException if its tenant has one of this name
   * @throws org.springframework.dao.DataIntegrityViolationException if its tenant is gone
   * @throws io.tallypost.kit.problems.ProblemException 409 if its tenant has too many
   */
  RelayRow create(Caller caller, RelayState relay, AdminLog.Change change) {
    Instant now = now();
    var row = RelayRow.of(relay, now, now);
    transaction.executeWithoutResult(_ -> {
      callers.refuseUnlessOperates(caller);
      writes.insert(row);
      ceilings.refuseTooMany(Ceilings.Kind.RELAYS, relay.tenant());
      topic.publish(relay);
      log(change, null, relay, now);
    });
    topic.committed(relay);
    return row;
  }

  /**
   * Changes a relay. A change of nothing leaves no trace.
   *
   * @param next from the present state to the next, with a higher version; what it throws leaves
   *     all as it was
   * @return the relay as it is then; empty if there is none
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<RelayRow> change(
      Caller caller, RelayId id, AdminLog.Change change, UnaryOperator<RelayState> next) {
    return changeIf(
        () -> callers.refuseUnlessOperates(caller),
        id,
        change,
        relay -> Optional.of(next.apply(relay)));
  }

  private Optional<RelayRow> changeIf(
      Runnable check,
      RelayId id,
      AdminLog.Change change,
      Function<RelayState, Optional<RelayState>> next) {
    Optional<RelayRow> changed =
        transaction.execute(_ -> {
          check.run();
          return rows.findLockedById(id.value())
              .flatMap(row -> next.apply(row.state()).map(state -> changed(row, state, change)));
        });
    changed.ifPresent(row -> topic.committed(row.state()));
    return changed;
  }

  private RelayRow changed(RelayRow row, RelayState after, AdminLog.Change change) {
    RelayState before = row.state();
    if (after.equals(before.next(before.password()))) {
      return row;
    }
    var changed = RelayRow.of(after, row.createdAt(), now());
    writes.update(changed);
    topic.publish(after);
    log(change, before, after, changed.updatedAt());
    return changed;
  }

  /**
   * Deletes a relay, also one that is on the topic only.
   *
   * @return whether there was one
   */
  boolean delete(Caller caller, RelayId id, AdminLog.Change change) {
    Optional<RelayState> deleted =
        transaction.execute(_ -> {
          callers.refuseUnlessOperates(caller);
          Optional<RelayState> last =
              rows.findLockedById(id.value())
                  .map(RelayRow::state)
                  .or(() -> topic.known(id.value()));
          last.ifPresent(relay -> {
            rows.deleteById(id.value());
            topic.publishDeletion(id.value(), relay.version() + 1, now());
            log(change, relay, null, now());
          });
          return last;
        });
    deleted.ifPresent(relay -> topic.committedDeletion(id.value(), relay.version() + 1));
    return deleted.isPresent();
  }

  /** Records an action that did not change the relay. */
  RelayState note(Caller caller, AdminLog.Change change, RelayState relay) {
    transaction.executeWithoutResult(_ -> {
      callers.refuseUnlessOperates(caller);
      log(change, relay, relay, now());
    });
    return relay;
  }

  private void log(
      AdminLog.Change change, @Nullable RelayState before, @Nullable RelayState after, Instant at) {
    RelayState relay = Objects.requireNonNull(after == null ? before : after);
    adminLog.add(
        change, new AdminLog.Subject(relay.id().value(), relay.tenant(), before, after), at);
  }

  /**
   * The result of sealing all passwords with a new first key.
   *
   * @param reEncrypted how many were re-encrypted
   * @param left the relays whose password cannot be opened with any key that is here
   */
  record ReEncryption(int reEncrypted, List<RelayId> left) {}

  /** Seals each password by the first key of the ring, unless it is already. */
  ReEncryption reEncrypt(Caller caller, AdminLog.Change change) {
    // Once, so that it is refused before anything is done, or goes to its end.
    transaction.executeWithoutResult(_ -> callers.refuseUnlessOperates(caller));
    String first = keys.sealingKeyId().orElseThrow(Login::keyMissing);
    int reEncrypted = 0;
    for (RelayId id : notSealedBy(first)) {
      if (changeIf(() -> {}, id, change, relay -> sealedAnew(relay, first)).isPresent()) {
        reEncrypted++;
      }
    }
    return new ReEncryption(reEncrypted, notSealedBy(first));
  }

  private List<RelayId> notSealedBy(String keyId) {
    return rows.findByUpdatedAtGreaterThanEqual(Instant.EPOCH).stream()
        .map(RelayRow::state)
        .filter(relay -> relay.password() != null && !relay.password().keyId().equals(keyId))
        .map(RelayState::id)
        .toList();
  }

  /** Empty if there is nothing to do, or the password cannot be opened. */
  private Optional<RelayState> sealedAnew(RelayState relay, String keyId) {
    SealedSecret sealed = relay.password();
    if (sealed == null || sealed.keyId().equals(keyId)) {
      return Optional.empty();
    }
    try {
      String password = keys.open(sealed, relay.passwordOwner());
      return Optional.of(relay.next(keys.seal(password, relay.passwordOwner())));
    } catch (KeyRing.CannotOpenException e) {
      log.atWarn()
          .addKeyValue("operation", "re-encrypt")
          .addKeyValue("relay_id", relay.id())
          .log("the relay's password stays as it is: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private Instant now() {
    // PostgreSQL's precision.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
