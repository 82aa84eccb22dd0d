package io.tallypost.quota.decide;

import io.tallypost.events.Fingerprint;
import io.tallypost.events.PolicyUsage;
import io.tallypost.ids.SubmissionId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The decision on a message.
 *
 * @param submission the POST that was decided on
 * @param fingerprint the content of that POST
 * @param approved whether it was approved; an approval never changes
 * @param units the number of its recipients
 * @param policies each policy asked, as of this decision
 * @param decidedAt to the microsecond, as the database keeps it
 * @param source the record that was decided on; its approval is published for no other
 * @param traceId the trace of the decision; null if there is none
 */
public record Decision(
    SubmissionId submission,
    Fingerprint fingerprint,
    boolean approved,
    int units,
    List<PolicyUsage> policies,
    Instant decidedAt,
    Source source,
    @Nullable String traceId) {

  public Decision {
    policies = List.copyOf(policies);
  }

  /** The same decision, with its approval now due for this record. */
  Decision movedTo(Source other) {
    return new Decision(
        submission, fingerprint, approved, units, policies, decidedAt, other, traceId);
  }
}
