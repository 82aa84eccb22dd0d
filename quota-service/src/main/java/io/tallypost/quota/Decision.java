package io.tallypost.quota;

import io.tallypost.events.Fingerprint;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.SubmissionId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands about a message.
 *
 * @param submission the POST that was decided on
 * @param fingerprint what that POST asked for
 * @param approved whether it was granted; a decision that granted never changes
 * @param units how many recipients it is about
 * @param policies each policy asked, as it stood right after
 * @param decidedAt to the microsecond, as the database keeps it
 * @param source the record that was decided on; its approval is published for no other
 * @param traceId the trace that it was decided in; null if in none
 */
record Decision(
    SubmissionId submission,
    Fingerprint fingerprint,
    boolean approved,
    int units,
    List<PolicyUsage> policies,
    Instant decidedAt,
    Source source,
    @Nullable String traceId) {

  Decision {
    policies = List.copyOf(policies);
  }

  /** The same decision, its approval now owed for this record. */
  Decision movedTo(Source other) {
    return new Decision(
        submission, fingerprint, approved, units, policies, decidedAt, other, traceId);
  }
}
