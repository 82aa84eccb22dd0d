package io.posthorn.intake.keys;

import io.posthorn.events.HeaderText;
import io.posthorn.events.Mailbox;
import io.posthorn.events.QuotaLimit;
import io.posthorn.events.QuotaPolicyName;
import io.posthorn.events.TenantId;
import io.posthorn.intake.IntakeSettings;
import io.posthorn.intake.json.Faults;
import io.posthorn.intake.json.JsonObject;
import io.posthorn.intake.json.MailboxFields;
import io.posthorn.keys.ApiKeyState;
import io.posthorn.keys.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the admin API was asked to make of a key; what is absent stays as it is, or takes its
 * default.
 */
record ApiKeyBody(
    Optional<String> name,
    Optional<Long> dailyLimit,
    Optional<Mailbox> defaultFrom,
    Optional<Boolean> enabled,
    Optional<TenantId> tenant) {
  private static final int LONGEST_NAME = 100;

  /** Reads what a new key is to be. */
  static ApiKeyBody forCreation(JsonObject body, Predicate<TenantId> exists, Faults faults) {
    Optional<String> name = name(body, faults);
    if (!body.has("name")) {
      faults.add("/name", "is required");
    }
    var read =
        new ApiKeyBody(
            name,
            dailyLimit(body, faults),
            new MailboxFields(body, faults).one("default_from"),
            Optional.empty(),
            tenant(body, exists, faults));
    body.refuseUnknown();
    return read;
  }

  /** Reads what is to be changed. */
  static ApiKeyBody forChange(JsonObject body, Faults faults) {
    var read =
        new ApiKeyBody(
            name(body, faults),
            dailyLimit(body, faults),
            new MailboxFields(body, faults).one("default_from"),
            body.bool("enabled"),
            Optional.empty());
    body.refuseUnknown();
    return read;
  }

  ApiKeyRegister.Wanted wanted(long defaultDailyLimit) {
    return new ApiKeyRegister.Wanted(
        name.orElseThrow(),
        tenant.orElse(TenantId.DEFAULT),
        Set.of(Scope.SEND, Scope.READ),
        ApiKeyRegister.daily(dailyLimit.orElse(defaultDailyLimit)),
        defaultFrom.orElse(null));
  }

  ApiKeyState applyTo(ApiKeyState key) {
    return new ApiKeyState(
        key.v(),
        key.version(),
        key.id(),
        key.tenant(),
        name.orElse(key.name()),
        key.mode(),
        key.scopes(),
        key.secrets(),
        enabled.orElse(key.enabled()),
        dailyLimit.map(limit -> withDaily(key.limits(), limit)).orElse(key.limits()),
        defaultFrom.orElse(key.defaultFrom()));
  }

  private static List<QuotaLimit> withDaily(List<QuotaLimit> limits, long limit) {
    var changed = new ArrayList<>(ApiKeyRegister.daily(limit));
    limits.stream()
        .filter(other -> other.policy() != QuotaPolicyName.KEY_DAY)
        .forEach(changed::add);
    return changed;
  }

  private static Optional<String> name(JsonObject body, Faults faults) {
    Optional<String> name = body.text("name").map(String::strip);
    if (name.isEmpty()) {
      return name;
    }
    try {
      HeaderText.check(name.get());
    } catch (IllegalArgumentException e) {
      faults.add("/name", String.valueOf(e.getMessage()));
    }
    if (name.get().isEmpty()) {
      faults.add("/name", "is blank");
    } else if (name.get().length() > LONGEST_NAME) {
      faults.add("/name", "is longer than " + LONGEST_NAME + " characters");
    }
    return name;
  }

  private static Optional<Long> dailyLimit(JsonObject body, Faults faults) {
    Optional<Long> limit = body.wholeNumber("daily_limit");
    if (limit.isPresent()
        && (limit.get() < 1 || limit.get() > IntakeSettings.HIGHEST_DAILY_LIMIT)) {
      faults.add("/daily_limit", "must be 1 to " + IntakeSettings.HIGHEST_DAILY_LIMIT);
    }
    return limit;
  }

  private static Optional<TenantId> tenant(
      JsonObject body, Predicate<TenantId> exists, Faults faults) {
    try {
      Optional<TenantId> tenant = body.text("tenant").map(TenantId::new);
      if (tenant.isPresent() && !exists.test(tenant.get())) {
        faults.add("/tenant", "is not a tenant of this installation");
      }
      return tenant;
    } catch (IllegalArgumentException e) {
      faults.add("/tenant", "is not a tenant: " + e.getMessage());
      return Optional.empty();
    }
  }
}
