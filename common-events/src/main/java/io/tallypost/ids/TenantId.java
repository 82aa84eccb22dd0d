package io.tallypost.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/**
 * Names a tenant: lower-case letters, digits and inner hyphens, at most 63 characters. {@code *}
 * has no keys and stands for all tenants.
 */
public record TenantId(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("\\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** The tenant of keys that name none. */
  public static final TenantId DEFAULT = new TenantId("default");

  /** All tenants: a hold on it holds everything, and its relays serve tenants without their own. */
  public static final TenantId EVERYBODY = new TenantId("*");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is anything else than the form above
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public TenantId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a tenant is 1 to 63 lower-case letters, digits and inner hyphens");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
