package io.tallypost.delivery.smtp;

import jakarta.mail.MessagingException;

/** A mail on its way to a relay. */
public interface OutgoingMail {

  /** Whom a relay is told that it comes from and goes to. */
  Envelope envelope();

  /**
   * The mail in RFC 5322 form, the same bytes each time. Made when it is first asked for: mail that
   * waits for a connection is not held twice.
   *
   * @throws MessagingException if it cannot be composed, now or ever
   */
  byte[] message() throws MessagingException;

  /**
   * Whether an address in its header is not ASCII, so that only SMTPUTF8 can carry it (RFC 6531).
   */
  boolean headerNeedsSmtpUtf8();
}
