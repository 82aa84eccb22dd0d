package io.tallypost.kit.callers;

import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import java.time.Instant;

/**
 * How a caller showed that a key is its own. A body may arrive long after that, so the key is asked
 * again, as it is then, before anything is done.
 *
 * @param secret the key's secret that matched, as it is stored
 * @param client the network address that the caller calls from
 */
public record Credential(ApiKeySecret secret, String client) {

  /**
   * Checks that this still opens the key.
   *
   * @param key the key as it is now
   * @throws ProblemException 401 or 403, as for a request that begins now
   */
  public void refuseUnlessOpens(ApiKeyState key, Instant now) {
    if (key.secrets().stream().noneMatch(valid -> isValid(valid, now))) {
      throw Refusals.unauthorized();
    }
    if (!key.enabled()) {
      throw Refusals.keyDisabled();
    }
    if (key.restrictions().expiredAt(now)) {
      throw Refusals.keyExpired();
    }
    if (!key.restrictions().allowsClient(client)) {
      throw Refusals.addressNotAllowed();
    }
  }

  /** Another end of the same secret may have come with a rotation. */
  private boolean isValid(ApiKeySecret present, Instant now) {
    return present.hash().equals(secret.hash()) && present.validAt(now);
  }
}
