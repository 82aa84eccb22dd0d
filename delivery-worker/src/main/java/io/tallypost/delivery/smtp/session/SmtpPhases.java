package io.tallypost.delivery.smtp.session;

import java.time.Duration;

/** Is told how long the parts of conversations with relays took. */
public interface SmtpPhases {

  /** If nobody wants to know. */
  SmtpPhases UNHEARD = (stage, time) -> {};

  /**
   * A part of a conversation is over.
   *
   * @param stage which; {@link SmtpStage#CONNECT} includes the greeting and EHLO
   * @param time how long it took, also if it ended in a failure
   */
  void took(SmtpStage stage, Duration time);
}
