package io.tallypost.intake.tenants;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.NameField;
import io.tallypost.intake.json.LimitFields;
import io.tallypost.intake.json.ListField;
import io.tallypost.intake.json.MailboxFields;
import io.tallypost.intake.json.TenantField;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.Mailbox;
import java.time.Instant;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A request to make or change a tenant. A field that is absent stays as it is; an explicit null
 * clears it.
 *
 * @param smtpUtf8 whether a default author's local part may be outside ASCII
 */
record TenantBody(JsonObject body, boolean smtpUtf8, Instant now) {

  /** Reads a new tenant; only valid if there are no problems. */
  LongFunction<TenantState> forCreation() {
    TenantId id = id();
    String name = NameField.required(body);
    List<QuotaLimit> limits = limits(List.of());
    Mailbox defaultFrom = new MailboxFields(body, smtpUtf8).changed("default_from", null);
    List<DomainRule> senderDomains = senderDomains(List.of());
    body.refuseUnknown();
    return version ->
        new TenantState(
            TenantState.SHAPE,
            version,
            id,
            name,
            true,
            limits,
            defaultFrom,
            null,
            null,
            senderDomains);
  }

  /** Reads a change of a tenant; only valid if there are no problems. */
  TenantState forChange(TenantState before, long version) {
    TenantState fields = before.id().equals(TenantId.EVERYBODY) ? before : withFields(before);
    TenantState changed = held(fields, before.sendsMail(), version);
    body.refuseUnknown();
    return changed;
  }

  private TenantState withFields(TenantState before) {
    NameField.refuseNull(body, "enabled");
    return new TenantState(
        TenantState.SHAPE,
        before.version(),
        before.id(),
        NameField.read(body, before.name()),
        body.bool("enabled").orElse(before.enabled()),
        limits(before.limits()),
        new MailboxFields(body, smtpUtf8).changed("default_from", before.defaultFrom()),
        before.heldSince(),
        before.releasedAt(),
        senderDomains(before.allowedSenderDomains()));
  }

  /** Holding again does not change when the hold began. */
  private TenantState held(TenantState before, boolean sentMail, long version) {
    NameField.refuseNull(body, "hold");
    boolean hold = body.bool("hold").orElse(before.holdsMail());
    boolean released = !sentMail && before.enabled() && !hold;
    Instant heldSince = before.holdsMail() ? before.heldSince() : now;
    return new TenantState(
        TenantState.SHAPE,
        version,
        before.id(),
        before.name(),
        before.enabled(),
        before.limits(),
        before.defaultFrom(),
        hold ? heldSince : null,
        released ? now : before.releasedAt(),
        before.allowedSenderDomains());
  }

  private TenantId id() {
    if (!body.has("id")) {
      body.problem("id", "is required");
    }
    TenantId id = body.parsed("id", TenantField::parse).orElse(TenantId.DEFAULT);
    if (id.equals(TenantId.EVERYBODY)) {
      body.problem("id", "stands for all tenants");
    }
    return id;
  }

  private List<DomainRule> senderDomains(List<DomainRule> before) {
    return ListField.read(body, "allowed_sender_domains", before, DomainRule::new);
  }

  private List<QuotaLimit> limits(List<QuotaLimit> before) {
    return new LimitFields(body, before)
        .read("daily_limit", QuotaPolicyName.TENANT_DAY, null)
        .read("monthly_limit", QuotaPolicyName.TENANT_MONTH, null)
        .limits();
  }
}
