package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.session.Envelope;

/** A mail that is composed already. */
@SuppressWarnings("ArrayRecordComponent") // handed on as it is, never compared
public record FixedMail(Envelope envelope, byte[] message, boolean headerNeedsSmtpUtf8)
    implements OutgoingMail {

  /** One in ASCII. */
  public FixedMail(Envelope envelope, byte[] message) {
    this(envelope, message, false);
  }
}
