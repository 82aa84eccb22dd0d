package io.tallypost.keys;

import io.tallypost.events.ApiKeyId;
import io.tallypost.events.Mode;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.TenantId;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whoever sent the request: a controller takes it as an argument.
 *
 * @param key the key as it is now
 * @param limits the quota limits of the key, and those of its tenant
 */
public record Caller(ApiKeyState key, List<QuotaLimit> limits) {

  /** Takes the limits as they are. */
  public Caller {
    limits = List.copyOf(limits);
  }

  Caller(ApiKeyState key) {
    this(key, key.limits());
  }

  Caller within(TenantState tenant) {
    return new Caller(key, Stream.concat(key.limits().stream(), tenant.limits().stream()).toList());
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

  public Set<Scope> scopes() {
    return key.scopes();
  }

  public boolean has(Scope scope) {
    return key.scopes().contains(scope);
  }
}
