package io.tallypost.mail;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The queue that a mail waits in: mail that somebody waits for overtakes newsletters. */
public enum Lane {
  TRANSACTIONAL,
  BULK;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
