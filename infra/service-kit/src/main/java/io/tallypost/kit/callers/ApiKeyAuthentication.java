package io.tallypost.kit.callers;

import io.tallypost.keys.Scope;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** A verified caller, in the form that Spring Security's rules need. */
public final class ApiKeyAuthentication extends AbstractAuthenticationToken {
  private static final long serialVersionUID = 1L;

  private final transient Caller caller;

  public ApiKeyAuthentication(Caller caller) {
    super(caller.scopes().stream().map(Scope::authority).map(SimpleGrantedAuthority::new).toList());
    this.caller = caller;
    setAuthenticated(true);
  }

  @Override
  public Caller getPrincipal() {
    return caller;
  }

  @Override
  public String getCredentials() {
    return "";
  }

  @Override
  public String getName() {
    return caller.apiKeyId().value();
  }
}
