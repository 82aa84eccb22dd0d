package io.tallypost.kit.callers;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.keys.TenantState;
import io.tallypost.mail.Mode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The sender of the request; controllers take it as an argument.
 *
 * @param key the key as it is now
 * @param limits the quota limits of the key, and those of its tenant
 * @param credential by what it was authenticated
 */
public record Caller(ApiKeyState key, List<QuotaLimit> limits, Credential credential) {
  private static final Set<Scope> MANAGING = EnumSet.of(Scope.ADMIN, Scope.OPERATOR);

  /** Takes the limits unchanged. */
  public Caller {
    limits = List.copyOf(limits);
  }

  public Caller(ApiKeyState key, Credential credential) {
    this(key, key.limits(), credential);
  }

  public Caller within(TenantState tenant) {
    return new Caller(
        key, Stream.concat(key.limits().stream(), tenant.limits().stream()).toList(), credential);
  }

  public ApiKeyId apiKeyId() {
    return key.id();
  }

  public TenantId tenant() {
    return key.tenant();
  }

  public Mode mode() {
    return key.mode();
  }

  /** What the key may be used for. A test key manages nothing, whatever its record says. */
  public Set<Scope> scopes() {
    return readsTestMailOnly()
        ? key.scopes().stream()
            .filter(scope -> !MANAGING.contains(scope))
            .collect(Collectors.toUnmodifiableSet())
        : key.scopes();
  }

  public boolean has(Scope scope) {
    return scopes().contains(scope);
  }

  /** Whether it must not see live mail, not even its own tenant's. */
  public boolean readsTestMailOnly() {
    return mode() == Mode.TEST;
  }

  /** Whether it may read mail of this tenant and mode. */
  public boolean mayRead(TenantId owner, Mode mailMode) {
    return has(Scope.OPERATOR)
        || (tenant().equals(owner) && !(readsTestMailOnly() && mailMode == Mode.LIVE));
  }
}
