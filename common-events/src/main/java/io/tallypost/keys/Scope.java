package io.tallypost.keys;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/** What a key may be used for. */
public enum Scope {
  /** Post mail. */
  SEND,
  /** See one's own messages and usage. */
  READ,
  /** See the bodies of dead letters. */
  READ_BODY,
  /** Manage the keys of one's own tenant. */
  ADMIN,
  /** Manage everything. */
  OPERATOR;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', ':');
  }

  /** The name that Spring Security's rules ask for. */
  public String authority() {
    return "SCOPE_" + wireName();
  }

  /**
   * Reads the name used in events and the API.
   *
   * @throws IllegalArgumentException if there is no such scope
   */
  @JsonCreator
  public static Scope of(String wireName) {
    return Arrays.stream(values())
        .filter(scope -> scope.wireName().equals(wireName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no scope: " + wireName));
  }
}
