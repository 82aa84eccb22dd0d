package io.tallypost.kit.keys;

import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.Scope;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import io.tallypost.kit.view.CompactedView;
import java.time.InstantSource;

/**
 * Looks at callers again, by what this process knows of their keys now. They are authenticated
 * before their bodies are read, which takes as long as they like: without a second look, a secret
 * would do one thing more after it was revoked.
 */
public final class Revalidation {
  private final CompactedView<ApiKeyState> keys;
  private final CompactedView<TenantState> tenants;
  private final InstantSource clock;

  Revalidation(
      CompactedView<ApiKeyState> keys, CompactedView<TenantState> tenants, InstantSource clock) {
    this.keys = keys;
    this.tenants = tenants;
    this.clock = clock;
  }

  /**
   * The caller with its key as it is now.
   *
   * @throws ProblemException 401 or 403, as for a request that begins now
   */
  Caller asOfNow(Caller caller) {
    ApiKeyState key =
        keys.get(caller.apiKeyId().value())
            // Authentication took it for the caller's because of its mode, too.
            .filter(known -> known.mode() == caller.mode())
            .orElseThrow(Refusals::unauthorized);
    caller.credential().refuseUnlessOpens(key, clock.instant());
    var now = new Caller(key, caller.credential());
    // A tenant that is not on the topic dates from before there were tenants.
    var tenant = tenants.get(now.tenant().value());
    if (tenant.isPresent() && !tenant.get().enabled()) {
      throw Refusals.tenantDisabled();
    }
    return tenant.map(now::within).orElse(now);
  }

  /**
   * Checks, just before something is done, that the caller still may.
   *
   * @throws ProblemException 401 or 403, as for a request that begins now
   */
  public void refuseUnlessMay(Caller caller, Scope scope) {
    if (!asOfNow(caller).has(scope)) {
      throw Refusals.missingScope();
    }
  }
}
