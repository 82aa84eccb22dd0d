package io.tallypost.stack.smtp.wire;

import java.io.IOException;

/** The conversation has ended, by either side: nothing is left to answer. */
public final class EndedException extends IOException {
  private static final long serialVersionUID = 1L;
}
