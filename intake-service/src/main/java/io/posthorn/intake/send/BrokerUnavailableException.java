package io.posthorn.intake.send;

/** The broker did not acknowledge a request in time. It may have it all the same. */
final class BrokerUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  BrokerUnavailableException(Throwable cause) {
    super("no acknowledgement by the broker", cause);
  }
}
