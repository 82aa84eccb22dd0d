package io.tallypost.audit.operator;

import io.tallypost.ids.TenantId;
import io.tallypost.keys.Scope;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.JsonObject;
import java.util.Optional;

/** A filter's field that is a tenant: the fence between what tenants find. */
public final class TenantFilter {
  private static final String NAME = "tenant";

  private TenantFilter() {}

  /**
   * Whose things a caller finds. Another tenant's than its own are an operator's to name, and to
   * all others a fault.
   *
   * @return empty only for an operator who names no tenant, and finds all tenants'
   */
  public static Optional<TenantId> ofThings(JsonObject fields, Caller caller) {
    Optional<TenantId> named = named(fields);
    if (caller.has(Scope.OPERATOR)) {
      return named;
    }
    if (named.isPresent() && !named.get().equals(caller.tenant())) {
      fields.problem(NAME, "must be your own; other tenants' need the scope operator");
    }
    return Optional.of(caller.tenant());
  }

  /** The tenant that is named, where only operators ask; what is no id is a fault. */
  public static Optional<TenantId> named(JsonObject fields) {
    return fields.parsed(NAME, TenantFilter::parse);
  }

  private static TenantId parse(String text) {
    try {
      return new TenantId(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not a tenant's id", e);
    }
  }
}
