package io.tallypost.events;

import io.tallypost.ids.QuotaPolicyName;
import java.time.Instant;
import java.util.Objects;

/**
 * The state of one policy right after a decision.
 *
 * @param limit recipients per window
 * @param used recipients granted in the window so far, this request included if it was granted
 * @param resetsAt the window's end
 * @param violated whether this policy is a reason for the rejection
 */
public record PolicyUsage(
    QuotaPolicyName policy, long limit, long used, Instant resetsAt, boolean violated) {

  /**
   * Checks that all is there.
   *
   * @throws NullPointerException if a field is missing
   */
  public PolicyUsage {
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(resetsAt, "resets_at");
  }

  /** What may still be sent in this window; never negative, even if a limit was lowered since. */
  public long remaining() {
    return Math.max(0, limit - used);
  }
}
