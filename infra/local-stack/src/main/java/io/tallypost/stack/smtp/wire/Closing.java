package io.tallypost.stack.smtp.wire;

/** How a connection ends. */
public enum Closing {
  /** FIN, and nothing is read any more. */
  CLOSE,
  /** FIN; further input is read and dropped for five seconds. */
  HALF_CLOSE,
  /** Nothing is read from the answer on; a moment later the client gets RST for what it sent. */
  CLOSE_UNREAD,
  /** RST at once. */
  RESET
}
