package io.tallypost.delivery.smtp.session;

/** Where in an SMTP conversation something happened (RFC 5321, section 3). */
public enum SmtpStage {
  CONNECT,
  /** The banner and EHLO. */
  GREETING,
  /** STARTTLS, or the handshake of a connection that starts with it. */
  TLS,
  AUTH,
  MAIL,
  RCPT,
  /** DATA and the message up to the final dot: the relay has not taken anything. */
  DATA,
  /** From the final dot on the relay may have taken the message. */
  DOT
}
