package io.posthorn.intake.keys;

import io.posthorn.events.QuotaLimit;
import io.posthorn.events.QuotaPolicyName;
import io.posthorn.events.TenantId;
import io.posthorn.json.Faults;
import io.posthorn.json.JsonObject;
import io.posthorn.keys.TenantState;
import java.util.List;
import java.util.function.LongFunction;

/**
 * What the admin API was asked to make of a tenant. A field that is absent stays as it is; an
 * explicit null clears it.
 */
record TenantBody(JsonObject body, Faults faults) {

  /** Reads what a new tenant is to be; of use only if there are no faults. */
  LongFunction<TenantState> forCreation() {
    TenantId id = id();
    String name = NameField.required(body, faults);
    List<QuotaLimit> limits = limits(List.of());
    body.refuseUnknown();
    return version -> new TenantState(TenantState.SHAPE, version, id, name, true, limits);
  }

  /** Reads what a tenant is to become; of use only if there are no faults. */
  TenantState forChange(TenantState before, long version) {
    NameField.refuseNull(body, "enabled", faults);
    var changed =
        new TenantState(
            TenantState.SHAPE,
            version,
            before.id(),
            NameField.read(body, before.name(), faults),
            body.bool("enabled").orElse(before.enabled()),
            limits(before.limits()));
    body.refuseUnknown();
    return changed;
  }

  private TenantId id() {
    if (!body.has("id")) {
      faults.add("/id", "is required");
    }
    try {
      return body.text("id").map(TenantId::new).orElse(TenantId.DEFAULT);
    } catch (IllegalArgumentException e) {
      faults.add("/id", "is not a tenant: " + e.getMessage());
      return TenantId.DEFAULT;
    }
  }

  private List<QuotaLimit> limits(List<QuotaLimit> before) {
    return new LimitFields(body, before, faults)
        .read("daily_limit", QuotaPolicyName.TENANT_DAY, null)
        .read("monthly_limit", QuotaPolicyName.TENANT_MONTH, null)
        .limits();
  }
}
