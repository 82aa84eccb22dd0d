package io.tallypost.audit.deadletter;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The state of a dead letter. */
public enum LetterState {
  /** Nobody has done anything about it. */
  WAITING,
  /** It belongs to a replay that has not reached it yet. */
  CLAIMED,
  /** It was put back in a queue; if the mail fails again, that is another letter. */
  REPLAYED,
  /** An operator discarded it. */
  DISCARDED;

  /** The name in the API and in the table. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static LetterState of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }
}
