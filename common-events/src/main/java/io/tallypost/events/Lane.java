package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Which queue a mail waits in: one that somebody waits for overtakes a newsletter. */
public enum Lane {
  TRANSACTIONAL,
  BULK;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
