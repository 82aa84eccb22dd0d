package io.tallypost.intake.tenants;

import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.ConfigRow;
import io.tallypost.intake.json.LimitFields;
import io.tallypost.intake.keys.ApiKeyAnswer;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.TenantState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as the admin API shows it.
 *
 * @param dailyLimit recipients per day in UTC of all its keys together, or {@code "unlimited"}
 * @param monthlyLimit recipients per calendar month in UTC, or {@code "unlimited"}
 * @param defaultFrom the author of mail whose key names none either, as it is written in a mail
 * @param allowedSenderDomains who mail of its keys may come from; empty for all
 * @param hold whether accepted mail waits instead of being sent
 * @param heldSince since when; absent while it is sent
 * @param releasedAt when its mail last went on after a hold, or after it was disabled; absent if it
 *     never stopped
 */
record TenantAnswer(
    TenantId id,
    String name,
    boolean enabled,
    Object dailyLimit,
    Object monthlyLimit,
    @Nullable String defaultFrom,
    List<DomainRule> allowedSenderDomains,
    boolean hold,
    @Nullable Instant heldSince,
    @Nullable Instant releasedAt,
    Instant createdAt,
    Instant updatedAt) {

  static TenantAnswer of(ConfigRow<TenantState> row) {
    TenantState tenant = row.state();
    return new TenantAnswer(
        tenant.id(),
        tenant.name(),
        tenant.enabled(),
        LimitFields.shown(tenant.limits(), QuotaPolicyName.TENANT_DAY),
        LimitFields.shown(tenant.limits(), QuotaPolicyName.TENANT_MONTH),
        ApiKeyAnswer.written(tenant.defaultFrom()),
        tenant.allowedSenderDomains(),
        tenant.holdsMail(),
        tenant.heldSince(),
        tenant.releasedAt(),
        row.createdAt(),
        row.updatedAt());
  }
}
