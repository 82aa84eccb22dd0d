package io.tallypost.events;

import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * A record's bytes are not what its topic promises. Checked, because each reader must decide what
 * to do with it.
 */
public final class UnreadableRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong, without content of the record. */
  public UnreadableRecordException(String message) {
    super(message);
  }

  /**
   * Says what is wrong in our own words: the parser's message repeats content, which must not reach
   * a log or a header.
   */
  UnreadableRecordException(String message, JacksonException cause) {
    super(message + place(cause) + reason(cause));
  }

  private static String place(JacksonException cause) {
    return Optional.ofNullable(cause.getLocation())
        .map(at -> " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr()))
        .orElse("");
  }

  private static String reason(JacksonException cause) {
    // The messages of our own constructors never repeat content.
    return switch (cause.getCause()) {
      case IllegalArgumentException e -> ": " + e.getMessage();
      case NullPointerException e -> ": " + e.getMessage() + " is missing";
      case null, default -> "";
    };
  }
}
