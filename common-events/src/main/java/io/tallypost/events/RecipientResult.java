package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of one recipient in one attempt.
 *
 * @param reply the relay's answer that decided it; null if none came
 * @param error what happened instead of an answer, for instance a refused connection; null if there
 *     is a reply
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RecipientResult(
    EmailAddress recipient, Status status, @Nullable SmtpReply reply, @Nullable String error) {

  /** A recipient's state after an attempt. */
  public enum Status {
    /** The relay took it. */
    DELIVERED,
    /** It will be tried again. */
    DEFERRED,
    /** It will not be tried again. */
    FAILED;

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks that all is there.
   *
   * @throws NullPointerException if the recipient or the status is missing
   */
  public RecipientResult {
    Objects.requireNonNull(recipient, "recipient");
    Objects.requireNonNull(status, "status");
  }
}
