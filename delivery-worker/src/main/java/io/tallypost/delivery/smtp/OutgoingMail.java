package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.session.Envelope;
import jakarta.mail.MessagingException;

/** A mail on its way to a relay. */
public interface OutgoingMail {

  /** The sender and the recipients as the relay is told. */
  Envelope envelope();

  /**
   * The mail in RFC 5322 form, the same bytes each time. Composed on first use: mail that waits for
   * a connection is not held twice.
   *
   * @throws MessagingException if it cannot be composed, now or ever
   */
  byte[] message() throws MessagingException;

  /** Whether an address in its header is not ASCII, so that it needs SMTPUTF8 (RFC 6531). */
  boolean headerNeedsSmtpUtf8();

  /**
   * Whether operators let it go, at this moment. Asked often while it waits for a relay: nobody may
   * be told that mail is on hold that still goes out.
   */
  default boolean mayGo() {
    return true;
  }
}
