package io.tallypost.stack.launcher;

/** Something the caller can put right; the message is one line that says how. */
final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
