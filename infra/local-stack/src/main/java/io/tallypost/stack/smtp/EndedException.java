package io.tallypost.stack.smtp;

import java.io.IOException;

/** The conversation has ended, by either side: nothing is left to answer. */
final class EndedException extends IOException {
  private static final long serialVersionUID = 1L;
}
