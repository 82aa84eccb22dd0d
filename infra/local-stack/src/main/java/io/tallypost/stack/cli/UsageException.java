package io.tallypost.stack.cli;

/** Something the caller can put right; the message is one line that says how. */
public final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
