package io.tallypost.intake.keys;

import io.tallypost.events.AdminEntry.Actor;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.Ceilings;
import io.tallypost.intake.keys.secrets.NewSecret;
import io.tallypost.intake.keys.secrets.SecretFactory;
import io.tallypost.intake.keys.secrets.Secrets;
import io.tallypost.intake.outbox.ConfigTopic;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.keys.BcryptPool;
import io.tallypost.kit.paging.Page;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes and changes API keys; {@link ConfigTopic} brings a change to all services. */
public class ApiKeyRegister {
  /** So few that the deletion holds nobody up. */
  private static final int BATCH = 100;

  private final ApiKeyStore store;
  private final CallerRows callers;
  private final MadeKeys madeKeys;
  private final ConfigTopic<ApiKeyState> topic;
  private final Ceilings ceilings;
  private final AdminLog adminLog;
  private final TransactionTemplate transaction;
  private final SecretFactory secrets;
  private final InstantSource clock;

  ApiKeyRegister(
      ApiKeyStore store,
      CallerRows callers,
      ConfigTopic<ApiKeyState> topic,
      Ceilings ceilings,
      AdminLog adminLog,
      TransactionTemplate transaction,
      BcryptPool bcrypt,
      InstantSource clock) {
    this.store = store;
    this.callers = callers;
    this.madeKeys = new MadeKeys(store, topic);
    this.topic = topic;
    this.ceilings = ceilings;
    this.adminLog = adminLog;
    this.transaction = transaction;
    this.secrets = new SecretFactory(bcrypt);
    this.clock = clock;
  }

  /** A key that was just made; the plaintext is nowhere else. */
  record Created(ApiKeyRow row, ApiKeyToken token) {
    @Override
    public String toString() {
      return "Created[" + token + "]";
    }

    /** The same key, whose secret opens it until then. */
    Created until(Instant end) {
      var state = row.state().next(Secrets.ending(row.state().secrets(), end));
      return new Created(
          new ApiKeyRow(state, row.createdAt(), row.updatedAt(), row.lastUsedAt()), token);
    }
  }

  /** A key to be made. */
  record Wanted(
      String name,
      TenantId tenant,
      Mode mode,
      Set<Scope> scopes,
      List<QuotaLimit> limits,
      @Nullable Mailbox defaultFrom,
      KeyRestrictions restrictions) {

    Privileges privileges() {
      return new Privileges(mode, scopes, limits, restrictions);
    }
  }

  boolean hasTenant(TenantId tenant) {
    return store.hasTenant(tenant);
  }

  List<ApiKeyRow> page(Optional<TenantId> tenant, Page<String> page) {
    return store.page(tenant, page);
  }

  /** As {@link #page}, but only keys that are revoked with this one. */
  List<ApiKeyRow> pageOfMade(ApiKeyId maker, Optional<TenantId> tenant, Page<String> page) {
    return store.pageOfMade(maker, tenant, page);
  }

  /** A key that this caller may see. */
  Optional<ApiKeyRow> find(ApiKeyId id, Access access) {
    return store.find(id).filter(row -> access.sees(row.state()));
  }

  /**
   * Asks whether there is room for one more key, before bcrypt's time is spent on it.
   *
   * @throws io.tallypost.kit.problems.ProblemException 409 if its tenant, or all together, have too
   *     many
   */
  void refuseOneMore(TenantId tenant) {
    ceilings.refuseOneMore(Ceilings.Kind.KEYS, tenant);
  }

  /**
   * Makes a {@linkplain #prepare prepared} key, which is at most as free as its maker.
   *
   * @throws org.springframework.dao.DuplicateKeyException if the name is taken
   * @throws io.tallypost.kit.problems.ProblemException 409 if its tenant, or all together, have too
   *     many
   */
  void create(Created created, Wanted wanted, Access access, AdminLog.Change change) {
    transaction.executeWithoutResult(_ -> {
      if (wanted.scopes().contains(Scope.OPERATOR)) {
        // Before one of them alone, so that two who do so never wait for each other.
        store.lockOperators();
      }
      Access now = asOfNow(access, store.hold(access.key().id()));
      if (!now.sees(wanted.tenant())) {
        throw Refusals.missingScope();
      }
      now.refuseUnlessMayGrant(wanted.scopes());
      now.refuseUnlessMayMake(wanted.privileges());
      add(created, change);
      ceilings.refuseTooMany(Ceilings.Kind.KEYS, wanted.tenant());
    });
    committed(created);
  }

  /**
   * Prepares a key in memory only. It takes bcrypt's time, so no transaction is open.
   *
   * @param maker null for the service itself
   */
  Created prepare(Wanted wanted, @Nullable ApiKeyId maker) {
    Instant now = now();
    NewSecret first = secrets.first(wanted.mode(), wanted.tenant());
    var state =
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            first.token().id(),
            wanted.tenant(),
            wanted.name(),
            first.token().mode(),
            wanted.scopes(),
            List.of(first.secret()),
            true,
            wanted.limits(),
            wanted.defaultFrom(),
            wanted.restrictions(),
            maker);
    return new Created(new ApiKeyRow(state, now, now, null), first.token());
  }

  /** Writes a prepared key, in the caller's transaction. */
  void add(Created created, AdminLog.Change change) {
    store.insert(created.row());
    topic.publish(created.row().state());
    log(change, null, created.row().state());
    if (created.row().state().scopes().contains(Scope.OPERATOR)) {
      confirmFirst(change.actor());
    }
  }

  /** Making another operator's key shows that the first key was received; it then does not end. */
  private void confirmFirst(Actor actor) {
    for (ApiKeyRow row : store.lockOperators()) {
      if (row.state().id().value().equals(actor.id())
          && Secrets.isUnconfirmed(row.state(), now())) {
        ApiKeyState confirmed = row.state().next(Secrets.confirmed(row.state().secrets()));
        store.update(new ApiKeyRow(confirmed, row.createdAt(), now(), row.lastUsedAt()));
        topic.publish(confirmed);
        log(new AdminLog.Change(actor, "api_key.confirmed", List.of()), row.state(), confirmed);
      }
    }
  }

  /** Lets this process know a key whose transaction has ended. */
  void committed(Created created) {
    topic.committed(created.row().state());
  }

  /**
   * Changes a key that this caller may change, into one that it may make. A change of nothing
   * leaves no trace.
   *
   * @param next from the present state to the next, with a higher version
   * @return the key as it is then; empty if there is none that the caller sees
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<ApiKeyRow> change(
      ApiKeyId id, Access access, AdminLog.Change change, UnaryOperator<ApiKeyState> next) {
    return change(id, access, change, (_, key) -> next.apply(key));
  }

  /** The changed key, if this caller may make that change. */
  private interface Next {
    ApiKeyState of(Access access, ApiKeyState before);
  }

  private Optional<ApiKeyRow> change(
      ApiKeyId id, Access access, AdminLog.Change change, Next next) {
    Optional<ApiKeyRow> changed =
        transaction.execute(_ -> {
          ApiKeyId caller = access.key().id();
          Map<ApiKeyId, ApiKeyRow> rows = store.lock(List.of(caller, id));
          Access now = asOfNow(access, Optional.ofNullable(rows.get(caller)));
          return Optional.ofNullable(rows.get(id))
              .filter(row -> now.sees(row.state()))
              .map(row -> {
                now.refuseUnlessMayChange(row.state());
                var changedRow =
                    new ApiKeyRow(
                        next.of(now, row.state()), row.createdAt(), now(), row.lastUsedAt());
                now.refuseUnlessMayGrant(added(row.state(), changedRow.state()));
                now.refuseUnlessMayMake(row.state(), changedRow.state());
                if (changedRow.state().equals(row.state().next(row.state().secrets()))) {
                  return row;
                }
                store.update(changedRow);
                topic.publish(changedRow.state());
                log(change, row.state(), changedRow.state());
                return changedRow;
              });
        });
    changed.ifPresent(row -> topic.committed(row.state()));
    return changed;
  }

  private static Set<Scope> added(ApiKeyState before, ApiKeyState after) {
    return after.scopes().stream()
        .filter(scope -> !before.scopes().contains(scope))
        .collect(Collectors.toSet());
  }

  /**
   * The caller, by its row as it is now. That is locked until the transaction ends: so rights that
   * it lost since it was authenticated count, and what it makes exists before a revocation of the
   * caller and its keys looks for it.
   *
   * @throws io.tallypost.kit.problems.ProblemException if the caller or its secret was revoked in
   *     between, or no longer manages keys
   */
  private Access asOfNow(Access access, Optional<ApiKeyRow> row) {
    ApiKeyState key = callers.asOfNow(access.key().id(), access.credential(), row);
    Access now = access.as(key);
    if (!now.managesKeys()) {
      throw Refusals.missingScope();
    }
    return now;
  }

  /**
   * Prepares another secret of a key. It takes bcrypt's time, so no transaction is open. The caller
   * learns it, so the key must not allow more than the caller's own.
   */
  NewSecret renew(ApiKeyState key, Access access) {
    access.refuseUnlessMayLearnSecretOf(key);
    return secrets.another(key.id(), key.mode(), key.tenant());
  }

  /**
   * Gives a key another secret. The replaced one works until the overlap ends.
   *
   * @return the new secret, once; empty if there is no key that the caller sees
   */
  Optional<Created> rotate(
      ApiKeyId id, NewSecret renewed, Access access, AdminLog.Change change, Duration overlap) {
    Instant now = now();
    Next rotated =
        (caller, key) -> {
          caller.refuseUnlessMayLearnSecretOf(key);
          return key.next(Secrets.rotate(key, renewed.secret(), now, overlap));
        };
    return change(id, access, change, rotated).map(row -> new Created(row, renewed.token()));
  }

  /**
   * Deletes a key. One that has no row but is on the topic (after PostgreSQL was restored from a
   * backup) is deleted there.
   *
   * @param withMade whether all that it made is deleted too, except the caller's own key and what
   *     that made
   * @return what was deleted, the key itself first; empty if there is none that the caller sees
   */
  List<ApiKeyId> delete(ApiKeyId id, Access access, AdminLog.Change change, boolean withMade) {
    List<ApiKeyState> deleted =
        transaction.execute(_ -> {
          store.lockDeletions();
          ApiKeyId caller = access.key().id();
          var ids = new ArrayList<>(withMade ? store.revokedWith(id) : store.madeBy(id));
          ids.addAll(List.of(caller, id));
          Map<ApiKeyId, ApiKeyRow> rows = store.lock(ids);
          Access now = asOfNow(access, Optional.ofNullable(rows.get(caller)));
          return Optional.ofNullable(rows.get(id))
              .map(ApiKeyRow::state)
              .or(() -> topic.known(id.value()))
              .filter(now::sees)
              .map(key -> withMade(key, now, withMade))
              .map(keys -> delete(keys, change))
              .orElse(List.of());
        });
    deleted.forEach(key -> topic.committedDeletion(key.id().value(), key.version() + 1));
    return deleted.stream().map(ApiKeyState::id).toList();
  }

  private List<ApiKeyState> withMade(ApiKeyState key, Access access, boolean withMade) {
    var keys = new ArrayList<>(List.of(key));
    if (withMade) {
      keys.addAll(madeKeys.lock(key.id(), access.key().id()));
    }
    keys.forEach(access::refuseUnlessMayChange);
    return keys;
  }

  private List<ApiKeyState> delete(List<ApiKeyState> keys, AdminLog.Change change) {
    // What was made before what it was made with: else each row is written before it is deleted.
    keys.reversed().forEach(store::delete);
    for (ApiKeyState key : keys) {
      topic.publishDeletion(key.id().value(), key.version() + 1, now());
      log(change, key, null);
    }
    return keys;
  }

  /**
   * Deletes some of the keys that expired before this time.
   *
   * @return how many
   */
  public int deleteExpired(Instant before) {
    List<ApiKeyState> deleted =
        transaction.execute(_ -> {
          store.lockDeletions();
          List<ApiKeyState> keys =
              store.lockExpired(before, BATCH).stream().map(ApiKeyRow::state).toList();
          keys.forEach(key -> delete(List.of(key), AdminLog.Change.atStart("api_key.expired")));
          return keys;
        });
    deleted.forEach(key -> topic.committedDeletion(key.id().value(), key.version() + 1));
    return deleted.size();
  }

  private void log(
      AdminLog.Change change, @Nullable ApiKeyState before, @Nullable ApiKeyState after) {
    ApiKeyState key = Objects.requireNonNull(after == null ? before : after);
    adminLog.add(
        change, new AdminLog.Subject(key.id().value(), key.tenant(), before, after), now());
  }

  private Instant now() {
    // PostgreSQL's precision.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
