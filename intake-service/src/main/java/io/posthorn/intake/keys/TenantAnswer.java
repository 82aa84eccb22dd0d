package io.posthorn.intake.keys;

import io.posthorn.events.QuotaPolicyName;
import io.posthorn.events.TenantId;
import io.posthorn.keys.TenantState;
import java.time.Instant;

/**
 * A tenant as the admin API shows it.
 *
 * @param dailyLimit recipients per day in UTC of all its keys together, or {@code "unlimited"}
 * @param monthlyLimit recipients per calendar month in UTC, or {@code "unlimited"}
 */
record TenantAnswer(
    TenantId id,
    String name,
    boolean enabled,
    Object dailyLimit,
    Object monthlyLimit,
    Instant createdAt,
    Instant updatedAt) {

  static TenantAnswer of(TenantRow row) {
    TenantState tenant = row.state();
    return new TenantAnswer(
        tenant.id(),
        tenant.name(),
        tenant.enabled(),
        LimitFields.shown(tenant.limits(), QuotaPolicyName.TENANT_DAY),
        LimitFields.shown(tenant.limits(), QuotaPolicyName.TENANT_MONTH),
        row.createdAt(),
        row.updatedAt());
  }
}
