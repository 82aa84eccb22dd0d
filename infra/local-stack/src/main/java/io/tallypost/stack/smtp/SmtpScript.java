package io.tallypost.stack.smtp;

/**
 * Decides a sink's answers. Connections ask concurrently; a script may take its time or act first,
 * for example kill the client when the final dot was seen.
 */
@FunctionalInterface
public interface SmtpScript {

  /** Everything is accepted. */
  SmtpScript ACCEPT = stage -> SmtpAnswer.accept();

  SmtpAnswer answer(SmtpStage stage);

  /** The reply to a final dot has been written with this code. */
  default void answered(SmtpStage.FinalDot dot, int code) {}
}
