package io.tallypost.stack.smtp;

/** A point of the conversation at which the sink owes an answer. */
public sealed interface SmtpStage {

  SmtpSession session();

  /** A client has connected. */
  record Banner(SmtpSession session) implements SmtpStage {}

  /** EHLO, or HELO when not extended. */
  record Hello(SmtpSession session, String name, boolean extended) implements SmtpStage {}

  /** STARTTLS, by a sink that has a certificate. */
  record StartTls(SmtpSession session) implements SmtpStage {}

  /** AUTH with credentials that are right or not. */
  record Auth(SmtpSession session, String user, boolean valid) implements SmtpStage {}

  /** MAIL FROM. */
  record MailFrom(SmtpSession session, String address) implements SmtpStage {}

  /** RCPT TO. */
  record Recipient(SmtpSession session, String address) implements SmtpStage {}

  /** DATA. */
  record Data(SmtpSession session) implements SmtpStage {}

  /** The final dot. */
  record FinalDot(SmtpSession session, ReceivedMail mail) implements SmtpStage {}
}
