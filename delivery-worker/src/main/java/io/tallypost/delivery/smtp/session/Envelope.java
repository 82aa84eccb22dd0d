package io.tallypost.delivery.smtp.session;

import io.tallypost.mail.EmailAddress;
import java.util.List;

/** The sender and the recipients as a relay is told; the mail's own headers do not matter to it. */
public record Envelope(EmailAddress from, List<EmailAddress> recipients) {

  /**
   * Checks that there is somebody to send to.
   *
   * @throws IllegalArgumentException if there is no recipient
   */
  public Envelope {
    recipients = List.copyOf(recipients);
    if (recipients.isEmpty()) {
      throw new IllegalArgumentException("an envelope has at least one recipient");
    }
  }

  /** The same envelope with fewer recipients. */
  public Envelope to(List<EmailAddress> some) {
    return new Envelope(from, some);
  }

  /** Whether one of its addresses needs SMTPUTF8 (RFC 6531). */
  public boolean needsSmtpUtf8() {
    return from.needsSmtpUtf8() || recipients.stream().anyMatch(EmailAddress::needsSmtpUtf8);
  }
}
