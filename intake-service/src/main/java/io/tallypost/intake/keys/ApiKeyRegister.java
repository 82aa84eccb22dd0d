package io.tallypost.intake.keys;

import io.tallypost.events.ApiKeyId;
import io.tallypost.events.Mailbox;
import io.tallypost.events.Mode;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.TenantId;
import io.tallypost.intake.admin.AdminLog;
import io.tallypost.intake.admin.ConfigTopic;
import io.tallypost.intake.admin.PageCursor;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.ApiKeyToken;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes and changes API keys; {@link ConfigTopic} tells how a change gets around. */
@Service
class ApiKeyRegister {
  private final ApiKeyStore store;
  private final ConfigTopic<ApiKeyState> topic;
  private final AdminLog adminLog;
  private final TransactionTemplate transaction;
  private final BCryptPasswordEncoder bcrypt;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  ApiKeyRegister(
      ApiKeyStore store,
      ConfigTopic<ApiKeyState> topic,
      AdminLog adminLog,
      TransactionTemplate transaction,
      BCryptPasswordEncoder bcrypt,
      InstantSource clock) {
    this.store = store;
    this.topic = topic;
    this.adminLog = adminLog;
    this.transaction = transaction;
    this.bcrypt = bcrypt;
    this.clock = clock;
  }

  /** A key that was just made; the plaintext is nowhere else. */
  record Created(ApiKeyRow row, ApiKeyToken token) {
    @Override
    public String toString() {
      return "Created[" + token + "]";
    }
  }

  /** What a new key is to be. */
  record Wanted(
      String name,
      TenantId tenant,
      Mode mode,
      Set<Scope> scopes,
      List<QuotaLimit> limits,
      @Nullable Mailbox defaultFrom,
      KeyRestrictions restrictions) {}

  boolean hasTenant(TenantId tenant) {
    return store.hasTenant(tenant);
  }

  List<ApiKeyRow> page(Optional<TenantId> tenant, Optional<PageCursor> after, int most) {
    return store.page(tenant, after, most);
  }

  /** A key that this caller may see. */
  Optional<ApiKeyRow> find(ApiKeyId id, Access access) {
    return store.find(id).filter(row -> access.sees(row.state()));
  }

  /**
   * Makes a key.
   *
   * @throws org.springframework.dao.DuplicateKeyException if the name is taken
   */
  Created create(Wanted wanted, AdminLog.Change change) {
    Created created = prepare(wanted);
    transaction.executeWithoutResult(_ -> add(created, change));
    committed(created);
    return created;
  }

  /** Makes a key that is not yet anywhere. It takes bcrypt's time, so no transaction is open. */
  Created prepare(Wanted wanted) {
    var token = ApiKeyToken.generate(wanted.mode(), random);
    Instant now = now();
    var state =
        new ApiKeyState(
            ApiKeyState.SHAPE,
            1,
            token.id(),
            wanted.tenant(),
            wanted.name(),
            token.mode(),
            wanted.scopes(),
            List.of(new ApiKeySecret(bcrypt.encode(token.secret()), null)),
            true,
            wanted.limits(),
            wanted.defaultFrom(),
            wanted.restrictions());
    return new Created(new ApiKeyRow(state, now, now, null), token);
  }

  /** Writes a prepared key, in the caller's transaction. */
  void add(Created created, AdminLog.Change change) {
    store.insert(created.row());
    topic.publish(created.row().state());
    log(change, null, created.row().state());
  }

  /** Lets this process know a key whose transaction has ended. */
  void committed(Created created) {
    topic.committed(created.row().state());
  }

  /**
   * Changes a key that this caller may change.
   *
   * @param next from the present state to the next, with a higher version
   * @return the key as it is then; empty if there is none that the caller sees
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<ApiKeyRow> change(
      ApiKeyId id, Access access, AdminLog.Change change, UnaryOperator<ApiKeyState> next) {
    Optional<ApiKeyRow> changed =
        transaction.execute(_ ->
            store
                .lock(id)
                .filter(row -> access.sees(row.state()))
                .map(row -> {
                  access.refuseUnlessMayChange(row.state());
                  var changedRow =
                      new ApiKeyRow(
                          next.apply(row.state()), row.createdAt(), now(), row.lastUsedAt());
                  store.update(changedRow);
                  topic.publish(changedRow.state());
                  log(change, row.state(), changedRow.state());
                  return changedRow;
                }));
    changed.ifPresent(row -> topic.committed(row.state()));
    return changed;
  }

  /**
   * Gives a key another secret. The replaced one opens it until the overlap ends.
   *
   * @return the new secret, once; empty if there is no key that the caller sees
   */
  Optional<Created> rotate(ApiKeyId id, Access access, AdminLog.Change change, Duration overlap) {
    Optional<ApiKeyRow> before = find(id, access);
    if (before.isEmpty()) {
      return Optional.empty();
    }
    // It takes bcrypt's time, so no transaction is open.
    var token = ApiKeyToken.renew(before.get().state().mode(), id, random);
    var secret = new ApiKeySecret(bcrypt.encode(token.secret()), null);
    Instant now = now();
    return change(id, access, change, key -> key.next(Secrets.rotate(key, secret, now, overlap)))
        .map(row -> new Created(row, token));
  }

  /**
   * Deletes a key. One that has no row but is on the topic (after PostgreSQL was restored from a
   * backup) is deleted there.
   *
   * @return whether there was one that the caller sees
   */
  boolean delete(ApiKeyId id, Access access, AdminLog.Change change) {
    Optional<ApiKeyState> deleted =
        transaction.execute(_ -> {
          Optional<ApiKeyState> last =
              store
                  .lock(id)
                  .map(ApiKeyRow::state)
                  .or(() -> topic.known(id.value()))
                  .filter(access::sees);
          last.ifPresent(key -> {
            access.refuseUnlessMayChange(key);
            store.delete(id);
            topic.publishDeletion(id.value(), key.version() + 1, now());
            log(change, key, null);
          });
          return last;
        });
    deleted.ifPresent(key -> topic.committedDeletion(id.value(), key.version() + 1));
    return deleted.isPresent();
  }

  private void log(
      AdminLog.Change change, @Nullable ApiKeyState before, @Nullable ApiKeyState after) {
    ApiKeyState key = Objects.requireNonNull(after == null ? before : after);
    adminLog.add(
        change, new AdminLog.Subject(key.id().value(), key.tenant(), before, after), now());
  }

  private Instant now() {
    // As fine as PostgreSQL keeps it.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
