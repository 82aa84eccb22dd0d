package io.tallypost.keys;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.mail.CustomHeader;
import java.util.Locale;

/** The name of a mail's header. Kept in lower case, because case does not matter. */
public record HeaderName(@JsonValue String value) {

  /**
   * Checks the form and brings it into the canonical one.
   *
   * @throws IllegalArgumentException if it is no name
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public HeaderName {
    if (!CustomHeader.isName(value)) {
      throw new IllegalArgumentException(
          "is not the name of a header: letters, digits and hyphens, at most 76; name each in full");
    }
    value = value.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return value;
  }
}
