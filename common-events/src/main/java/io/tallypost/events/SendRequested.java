package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tallypost.mail.Mail;
import java.util.List;
import java.util.Objects;

/**
 * A client asked for a mail to be sent, and Tallypost accepted it. Its bytes travel unchanged to
 * the worker.
 *
 * @param context the common fields; attempt and replay count are 0 here and in the record's headers
 *     later
 * @param fingerprint the value that a repeat under the same Idempotency-Key is compared with
 * @param keyed whether the POST had an Idempotency-Key; decides how long its decision is kept
 * @param limits the quota limits at acceptance; a missing policy is unlimited
 * @param mail what to send
 */
public record SendRequested(
    @JsonUnwrapped EventContext context,
    Fingerprint fingerprint,
    boolean keyed,
    List<QuotaLimit> limits,
    Mail mail)
    implements Event {

  /**
   * Checks that all is there.
   *
   * @throws NullPointerException if a field is missing
   */
  public SendRequested {
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(fingerprint, "fingerprint");
    limits = List.copyOf(limits);
    Objects.requireNonNull(mail, "mail");
  }
}
