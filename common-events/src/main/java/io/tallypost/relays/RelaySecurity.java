package io.tallypost.relays;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/** How the connection to a relay is encrypted. */
public enum RelaySecurity {
  /**
   * Starts in clear and is encrypted before anything is sent; without the offer nothing is sent
   * (RFC 3207).
   */
  STARTTLS,
  /** Encrypted from the first byte (RFC 8314). */
  TLS,
  /** Never encrypted. */
  NONE;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads the name used on the wire and in the API.
   *
   * @throws IllegalArgumentException if there is no such one
   */
  @JsonCreator
  public static RelaySecurity of(String wireName) {
    return Arrays.stream(values())
        .filter(security -> security.wireName().equals(wireName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("must be starttls, tls or none"));
  }
}
