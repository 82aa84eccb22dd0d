package io.tallypost.intake.keys;

import io.tallypost.events.TenantId;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Caller;
import io.tallypost.keys.HeaderName;
import io.tallypost.keys.Scope;
import io.tallypost.web.FieldProblem;
import io.tallypost.web.ProblemException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.http.HttpStatus;

/**
 * What a caller of the admin API may do with keys: an operator everything; an admin only within its
 * own tenant, and only to keys that can do no more than itself, because a rotation hands out the
 * key.
 */
record Access(Caller caller) {

  boolean isOperator() {
    return caller.has(Scope.OPERATOR);
  }

  /** Whose keys it may list: all tenants' if empty. */
  Optional<TenantId> tenant() {
    return isOperator() ? Optional.empty() : Optional.of(caller.tenant());
  }

  boolean sees(ApiKeyState key) {
    return sees(key.tenant());
  }

  boolean sees(TenantId tenant) {
    return isOperator() || tenant.equals(caller.tenant());
  }

  /**
   * Keeps an admin off keys that can do more than itself.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayChange(ApiKeyState key) {
    if (!isOperator() && !caller.scopes().containsAll(key.scopes())) {
      throw notHeld("This key has scopes that yours lacks, so yours cannot manage it.");
    }
    refuseUnlessMayAllow(key.restrictions().allowedHeaders());
  }

  /**
   * Keeps a caller from granting what it does not hold.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayGrant(Set<Scope> scopes) {
    String lacking =
        scopes.stream()
            .filter(scope -> !caller.has(scope))
            .sorted()
            .map(Scope::wireName)
            .collect(Collectors.joining(", "));
    if (!lacking.isEmpty()) {
      throw notHeld("A key grants only scopes that it holds; yours lacks: " + lacking + ".");
    }
  }

  /**
   * Keeps an admin from allowing a key headers that its own is not allowed.
   *
   * @throws ProblemException 403
   */
  void refuseUnlessMayAllow(List<HeaderName> headers) {
    String lacking =
        headers.stream()
            .map(HeaderName::value)
            .filter(header -> !caller.key().restrictions().allowsHeader(header))
            .collect(Collectors.joining(", "));
    if (!isOperator() && !lacking.isEmpty()) {
      throw new ProblemException(
          HttpStatus.FORBIDDEN,
          "exceeds_own_key",
          "A key allows others, and manages keys with, only headers that it is allowed itself.",
          List.of(new FieldProblem("/allowed_headers", "has what your API key lacks: " + lacking)));
    }
  }

  private static ProblemException notHeld(String detail) {
    return new ProblemException(HttpStatus.FORBIDDEN, "scope_not_held", detail);
  }
}
