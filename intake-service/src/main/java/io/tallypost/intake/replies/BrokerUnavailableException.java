package io.tallypost.intake.replies;

/** The broker did not acknowledge a record in time. It may have it all the same. */
public final class BrokerUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  BrokerUnavailableException(Throwable cause) {
    super("no acknowledgement by the broker", cause);
  }
}
