package io.tallypost.mail;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Whether a key's mail reaches people, or ends at the simulated relay. */
public enum Mode {
  LIVE,
  TEST;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
