package io.tallypost.events;

import io.tallypost.ids.QuotaPolicyName;
import java.util.Objects;

/**
 * One limit on what may be sent.
 *
 * @param limit recipients per window, at least 1
 */
public record QuotaLimit(QuotaPolicyName policy, long limit) {

  /**
   * Checks the limit.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public QuotaLimit {
    Objects.requireNonNull(policy, "policy");
    if (limit < 1) {
      throw new IllegalArgumentException("a quota limit is at least 1");
    }
  }
}
