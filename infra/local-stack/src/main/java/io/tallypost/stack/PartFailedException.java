package io.tallypost.stack;

import org.jspecify.annotations.Nullable;

/** A part of the stack did not start; the message ends with the last lines of its log. */
public final class PartFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public PartFailedException(String part, String what, String logTail) {
    this(part, what, logTail, null);
  }

  public PartFailedException(String part, String what, String logTail, @Nullable Throwable cause) {
    super(
        "%s %s%s".formatted(part, what, logTail.isBlank() ? "" : "; its log ends:\n" + logTail),
        cause);
  }
}
