package io.posthorn.intake.keys;

import io.posthorn.config.CompactedView;
import io.posthorn.events.ApiKeyId;
import io.posthorn.events.EventJson;
import io.posthorn.events.Mailbox;
import io.posthorn.events.Mode;
import io.posthorn.events.QuotaLimit;
import io.posthorn.events.QuotaPolicyName;
import io.posthorn.events.TenantId;
import io.posthorn.events.Topics;
import io.posthorn.keys.ApiKeySecret;
import io.posthorn.keys.ApiKeyState;
import io.posthorn.keys.ApiKeyToken;
import io.posthorn.keys.Scope;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes and changes API keys. Each change is one transaction: the row with a higher version, and
 * the outbox's entry. This process knows the change at once, the others by the topic.
 */
@Service
class ApiKeyRegister {
  private final ApiKeyStore store;
  private final Outbox outbox;
  private final OutboxPublisher publisher;
  private final CompactedView<ApiKeyState> view;
  private final TransactionTemplate transaction;
  private final BCryptPasswordEncoder bcrypt;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  ApiKeyRegister(
      ApiKeyStore store,
      Outbox outbox,
      OutboxPublisher publisher,
      CompactedView<ApiKeyState> view,
      TransactionTemplate transaction,
      BCryptPasswordEncoder bcrypt,
      InstantSource clock) {
    this.store = store;
    this.outbox = outbox;
    this.publisher = publisher;
    this.view = view;
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
      Set<Scope> scopes,
      List<QuotaLimit> limits,
      @Nullable Mailbox defaultFrom) {}

  boolean hasTenant(TenantId tenant) {
    return store.hasTenant(tenant);
  }

  List<ApiKeyRow> all() {
    return store.all();
  }

  Optional<ApiKeyRow> find(ApiKeyId id) {
    return store.find(id);
  }

  /**
   * Makes a live key.
   *
   * @throws org.springframework.dao.DuplicateKeyException if the name is taken
   */
  Created create(Wanted wanted) {
    Created created = prepare(wanted);
    transaction.executeWithoutResult(_ -> add(created));
    known(created.row().state());
    return created;
  }

  /** Makes a key that is not yet anywhere. It takes bcrypt's time, so no transaction is open. */
  Created prepare(Wanted wanted) {
    var token = ApiKeyToken.generate(Mode.LIVE, random);
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
            wanted.defaultFrom());
    return new Created(new ApiKeyRow(state, now, now), token);
  }

  /** Writes a prepared key, in the caller's transaction. */
  void add(Created created) {
    store.insert(created.row());
    publish(created.row().state());
  }

  /**
   * Changes a key.
   *
   * @param change from the present state to the next; the version is not its concern
   * @return the changed key, or empty if there is none
   * @throws org.springframework.dao.DuplicateKeyException if its new name is taken
   */
  Optional<ApiKeyRow> change(ApiKeyId id, UnaryOperator<ApiKeyState> change) {
    Optional<ApiKeyRow> changed =
        transaction.execute(_ ->
            store
                .lock(id)
                .map(row -> {
                  ApiKeyState next = change.apply(row.state());
                  var changedRow =
                      new ApiKeyRow(
                          withVersion(next, row.state().version() + 1), row.createdAt(), now());
                  store.update(changedRow);
                  publish(changedRow.state());
                  return changedRow;
                }));
    changed.ifPresent(row -> known(row.state()));
    return changed;
  }

  /**
   * Deletes a key. One that has no row but is on the topic (after PostgreSQL was restored from a
   * backup) is deleted there.
   *
   * @return whether there was one
   */
  boolean delete(ApiKeyId id) {
    Optional<Long> version =
        transaction.execute(_ -> {
          Optional<Long> last =
              store
                  .lock(id)
                  .map(ApiKeyRow::state)
                  .or(() -> view.get(id.value()))
                  .map(ApiKeyState::version);
          last.ifPresent(row -> {
            store.delete(id);
            outbox.add(Topics.API_KEYS, id.value(), null, row + 1);
          });
          return last;
        });
    version.ifPresent(last -> view.put(id.value(), last + 1, null));
    publisher.wake();
    return version.isPresent();
  }

  /** Puts a state on its way to the topic, in the caller's transaction. */
  void publish(ApiKeyState state) {
    outbox.add(Topics.API_KEYS, state.id().value(), EventJson.write(state), state.version());
  }

  /** Lets this process know a committed state before the topic tells it. */
  void known(ApiKeyState state) {
    view.put(state.id().value(), state.version(), state);
    publisher.wake();
  }

  static List<QuotaLimit> daily(long limit) {
    return List.of(new QuotaLimit(QuotaPolicyName.KEY_DAY, limit));
  }

  private Instant now() {
    // As fine as PostgreSQL keeps it.
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  private static ApiKeyState withVersion(ApiKeyState state, long version) {
    return new ApiKeyState(
        ApiKeyState.SHAPE,
        version,
        state.id(),
        state.tenant(),
        state.name(),
        state.mode(),
        state.scopes(),
        state.secrets(),
        state.enabled(),
        state.limits(),
        state.defaultFrom());
  }
}
