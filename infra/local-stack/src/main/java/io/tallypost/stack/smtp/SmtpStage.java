package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.inbox.ReceivedMail;

/** A point of the conversation at which the sink owes an answer. */
public sealed interface SmtpStage {

  SmtpSession session();

  /** A client has connected. */
  record Banner(SmtpSession session) implements SmtpStage {}

  /** A client has connected, and there are more than allowed: normally 421, then the end. */
  record OverLimit(SmtpSession session) implements SmtpStage {}

  /** EHLO, or HELO when not extended. */
  record Hello(SmtpSession session, String name, boolean extended) implements SmtpStage {}

  /**
   * STARTTLS, by a sink that has a certificate. All bytes of a positive answer are sent in clear,
   * those behind its line too.
   */
  record StartTls(SmtpSession session) implements SmtpStage {}

  /** AUTH with credentials that are right or not. */
  record Auth(SmtpSession session, String user, boolean valid) implements SmtpStage {}

  /** MAIL FROM. */
  record MailFrom(SmtpSession session, String address) implements SmtpStage {}

  /** RCPT TO. */
  record Recipient(SmtpSession session, String address) implements SmtpStage {}

  /** DATA; without a recipient the normal reply is 503, but the script may say 354. */
  record Data(SmtpSession session) implements SmtpStage {}

  /** The final dot. */
  record FinalDot(SmtpSession session, ReceivedMail mail) implements SmtpStage {}

  /** RSET. */
  record Rset(SmtpSession session) implements SmtpStage {}

  /** NOOP. */
  record Noop(SmtpSession session) implements SmtpStage {}

  /** QUIT; after the answer the connection ends. */
  record Quit(SmtpSession session) implements SmtpStage {}

  /** Nothing came between mails for as long as the settings allow: normally 451, then the end. */
  record Idle(SmtpSession session) implements SmtpStage {}
}
