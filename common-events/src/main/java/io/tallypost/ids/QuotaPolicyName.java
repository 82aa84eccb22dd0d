package io.tallypost.ids;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What is counted, and over which window; windows are aligned in UTC. */
public enum QuotaPolicyName {
  KEY_MINUTE,
  KEY_DAY,
  TENANT_DAY,
  TENANT_MONTH;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
