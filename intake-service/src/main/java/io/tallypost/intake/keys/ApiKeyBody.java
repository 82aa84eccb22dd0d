package io.tallypost.intake.keys;

import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.NameField;
import io.tallypost.intake.json.LimitFields;
import io.tallypost.intake.json.MailboxFields;
import io.tallypost.intake.json.TenantField;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.keys.Scope;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.json.OneOf;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A request to make or change a key. A field that is absent stays as it is, or takes its default;
 * an explicit null clears it.
 *
 * @param defaultDailyLimit what a key has that names no daily limit
 * @param smtpUtf8 whether a default author's local part may be outside ASCII
 */
record ApiKeyBody(JsonObject body, long defaultDailyLimit, boolean smtpUtf8, Instant now) {
  private static final OneOf<Mode> MODES = new OneOf<>(List.of(Mode.values()), Mode::wireName);
  private static final OneOf<Scope> SCOPES = new OneOf<>(List.of(Scope.values()), Scope::wireName);
  private static final Set<Scope> DEFAULT_SCOPES = EnumSet.of(Scope.SEND, Scope.READ);

  /**
   * Reads a new key; only valid if there are no problems. Absent fields take the most that its
   * maker may give.
   */
  ApiKeyRegister.Wanted forCreation(Access maker, Predicate<TenantId> exists) {
    String name = NameField.required(body);
    TenantId tenant = tenant(exists).orElse(maker.key().tenant());
    Mode mode = body.parsed("mode", MODES::parse).orElse(Mode.LIVE);
    Set<Scope> scopes = scopes(DEFAULT_SCOPES, mode);
    List<QuotaLimit> limits = limits(maker.limitsOfNewKeys());
    Mailbox defaultFrom = defaultFrom(null);
    KeyRestrictions restrictions = restrictions(maker.restrictionsOfNewKeys());
    body.refuseUnknown();
    return new ApiKeyRegister.Wanted(name, tenant, mode, scopes, limits, defaultFrom, restrictions);
  }

  /** Reads a change of a key; only valid if there are no problems. */
  ApiKeyState forChange(ApiKeyState key) {
    var changed =
        new ApiKeyState(
            ApiKeyState.SHAPE,
            key.version() + 1,
            key.id(),
            key.tenant(),
            NameField.read(body, key.name()),
            key.mode(),
            scopes(key.scopes(), key.mode()),
            key.secrets(),
            enabled(key.enabled()),
            limits(key.limits()),
            defaultFrom(key.defaultFrom()),
            restrictions(key.restrictions()),
            key.createdBy());
    body.refuseUnknown();
    return changed;
  }

  /** The requested scopes; empty if none are named. */
  Set<Scope> grants() {
    return body.has("scopes") ? scopes(Set.of(), Mode.LIVE) : Set.of();
  }

  private boolean enabled(boolean before) {
    NameField.refuseNull(body, "enabled");
    return body.bool("enabled").orElse(before);
  }

  private Set<Scope> scopes(Set<Scope> before, Mode mode) {
    NameField.refuseNull(body, "scopes");
    if (!body.has("scopes")) {
      return before;
    }
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    if (body.any("scopes").orElseThrow().size() > Scope.values().length) {
      body.problem("scopes", "has more than " + Scope.values().length + " entries");
      return scopes;
    }
    scopes.addAll(body.parsedTexts("scopes", text -> scope(text, mode)).values());
    if (body.any("scopes").filter(value -> value.isArray() && value.isEmpty()).isPresent()) {
      body.problem("scopes", "names none; disable the key instead");
    }
    return scopes;
  }

  private static Scope scope(String text, Mode mode) {
    Scope scope = SCOPES.parse(text);
    if (mode == Mode.TEST && (scope == Scope.ADMIN || scope == Scope.OPERATOR)) {
      throw new IllegalArgumentException("needs a live key: a test key cannot manage others");
    }
    return scope;
  }

  private List<QuotaLimit> limits(List<QuotaLimit> before) {
    return new LimitFields(body, before)
        .read("daily_limit", QuotaPolicyName.KEY_DAY, defaultDailyLimit)
        .read("per_minute_limit", QuotaPolicyName.KEY_MINUTE, null)
        .limits();
  }

  private @Nullable Mailbox defaultFrom(@Nullable Mailbox before) {
    return new MailboxFields(body, smtpUtf8).changed("default_from", before);
  }

  private KeyRestrictions restrictions(KeyRestrictions before) {
    return new RestrictionFields(body, now).read(before);
  }

  private Optional<TenantId> tenant(Predicate<TenantId> exists) {
    Optional<TenantId> tenant = body.parsed("tenant", TenantField::parse);
    if (tenant.isPresent() && !exists.test(tenant.get())) {
      body.problem("tenant", "is not a tenant of this installation");
    }
    return tenant;
  }
}
