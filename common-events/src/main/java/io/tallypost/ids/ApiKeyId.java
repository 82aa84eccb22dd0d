package io.tallypost.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/** The public part of an API key: safe to log and to show. */
public record ApiKeyId(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[0-9A-Za-z]{8,32}");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is not 8 to 32 letters and digits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ApiKeyId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("an API key's id is 8 to 32 letters and digits");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
