package io.tallypost.intake.send;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.SendRequested;
import java.util.List;

/** The result of a request at the time of its answer. */
sealed interface Submitted {

  /** Quota decided in time; the verdict says what. */
  record Decided(SendRequested request, QuotaDecided decision) implements Submitted {}

  /**
   * The broker has it; the verdict will be in its timeline.
   *
   * @param late whether the verdict was waited for
   */
  record Queued(SendRequested request, boolean late) implements Submitted {}

  /**
   * Not published: quota said before that it would refuse it.
   *
   * @param units how many recipients it has
   * @param policies as in a verdict
   */
  record Refused(int units, List<PolicyUsage> policies) implements Submitted {}

  /** The broker did not acknowledge it in time. It may have it all the same. */
  record Unacknowledged(SendRequested request) implements Submitted {}
}
