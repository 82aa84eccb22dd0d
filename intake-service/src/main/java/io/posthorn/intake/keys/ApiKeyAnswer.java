package io.posthorn.intake.keys;

import io.posthorn.events.ApiKeyId;
import io.posthorn.events.Mailbox;
import io.posthorn.events.Mode;
import io.posthorn.events.QuotaLimit;
import io.posthorn.events.QuotaPolicyName;
import io.posthorn.events.TenantId;
import io.posthorn.keys.ApiKeyState;
import io.posthorn.keys.Scope;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An API key as the admin API shows it.
 *
 * @param dailyLimit recipients per day in UTC; absent means unlimited
 * @param defaultFrom the author of mail that names none, as it is written in a mail
 * @param apiKey the key itself; only in the answer that made it
 */
record ApiKeyAnswer(
    ApiKeyId id,
    String name,
    TenantId tenant,
    Mode mode,
    List<Scope> scopes,
    @Nullable Long dailyLimit,
    @Nullable String defaultFrom,
    boolean enabled,
    Instant createdAt,
    Instant updatedAt,
    @Nullable String apiKey) {

  static ApiKeyAnswer of(ApiKeyRow row) {
    return of(row, null);
  }

  static ApiKeyAnswer created(ApiKeyRegister.Created created) {
    return of(created.row(), created.token().plaintext());
  }

  private static ApiKeyAnswer of(ApiKeyRow row, @Nullable String plaintext) {
    ApiKeyState key = row.state();
    return new ApiKeyAnswer(
        key.id(),
        key.name(),
        key.tenant(),
        key.mode(),
        key.scopes().stream().sorted().toList(),
        dailyLimit(key),
        key.defaultFrom() == null ? null : written(key.defaultFrom()),
        key.enabled(),
        row.createdAt(),
        row.updatedAt(),
        plaintext);
  }

  private static @Nullable Long dailyLimit(ApiKeyState key) {
    return key.limits().stream()
        .filter(limit -> limit.policy() == QuotaPolicyName.KEY_DAY)
        .map(QuotaLimit::limit)
        .findFirst()
        .orElse(null);
  }

  private static String written(Mailbox mailbox) {
    String name = mailbox.name();
    return name == null
        ? mailbox.address().value()
        : "\"%s\" <%s>"
            .formatted(name.replaceAll("([\"\\\\])", "\\\\$1"), mailbox.address().value());
  }

  @Override
  public String toString() {
    return "ApiKeyAnswer[" + id + "]";
  }
}
