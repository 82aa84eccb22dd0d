package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Quota decided on a request.
 *
 * @param context the common fields, with the submission that this answers
 * @param verdict the decision
 * @param units the number of its recipients
 * @param policies each policy asked, with its state right after the decision
 * @param traceId the trace of the POST that was decided on, which is the message's; for a repeat
 *     that of the first POST; null if that had none
 */
public record QuotaDecided(
    @JsonUnwrapped EventContext context,
    Verdict verdict,
    int units,
    List<PolicyUsage> policies,
    @Nullable String traceId)
    implements Event {

  /** The name that event ids are derived from. */
  public static final String TYPE = "quota_decided";

  /** The decision on a submission. */
  public enum Verdict {
    /** Granted by every policy; the mail goes out. */
    APPROVED,
    /** Refused by at least one policy; nothing was charged. */
    REJECTED,
    /** A repeat of an approved mail; nothing was charged, nothing is sent again. */
    REPLAYED,
    /** The Idempotency-Key belongs to another mail; nothing was charged, nothing is sent. */
    KEY_REUSED;

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks that all is there.
   *
   * @throws NullPointerException if a field is missing
   */
  public QuotaDecided {
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(verdict, "verdict");
    policies = List.copyOf(policies);
  }
}
