package io.tallypost.mail;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A relay's answer (RFC 5321, section 4.2).
 *
 * @param code the three digits, for instance 250
 * @param enhancedCode the enhanced status code (RFC 3463), for instance 2.1.5; null if the relay
 *     gave none
 * @param text the reply's text, lines joined by a blank
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SmtpReply(int code, @Nullable String enhancedCode, String text) {

  /**
   * Checks the code.
   *
   * @throws IllegalArgumentException if it is not of three digits
   */
  public SmtpReply {
    if (code < 100 || code > 999) {
      throw new IllegalArgumentException("an SMTP reply code has three digits");
    }
    Objects.requireNonNull(text, "text");
  }
}
