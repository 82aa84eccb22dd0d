package io.posthorn.keys;

import io.posthorn.events.ApiKeyId;
import io.posthorn.events.Mode;
import io.posthorn.events.TenantId;
import java.util.Set;

/**
 * Whoever sent the request: a controller takes it as an argument.
 *
 * @param key the key as it is now
 */
public record Caller(ApiKeyState key) {

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
