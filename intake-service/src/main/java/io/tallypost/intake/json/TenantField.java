package io.tallypost.intake.json;

import io.tallypost.ids.TenantId;

/** A field that is the id of a tenant. */
public final class TenantField {
  private TenantField() {}

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException with words that follow the field's name
   */
  public static TenantId parse(String text) {
    try {
      return new TenantId(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not a tenant: " + e.getMessage(), e);
    }
  }
}
