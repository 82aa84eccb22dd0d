package io.tallypost.audit.deadletter;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What became of a dead letter. */
public enum LetterState {
  /** Nobody has done anything about it. */
  WAITING,
  /** It belongs to a replay that has not come to it yet. */
  CLAIMED,
  /** It was put back in a queue; if the mail fails again, that is another letter. */
  REPLAYED,
  /** An operator has given it up. */
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
