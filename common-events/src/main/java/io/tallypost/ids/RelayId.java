package io.tallypost.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** Names a relay for good; its name for people may change. */
public record RelayId(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[0-9A-Za-z][0-9A-Za-z_-]{0,62}");

  /** The relay of the workers' settings ({@code SMTP_HOST}). */
  public static final RelayId DEFAULT = new RelayId("default");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public RelayId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a relay's id is 1 to 63 letters, digits, hyphens and underscores");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
