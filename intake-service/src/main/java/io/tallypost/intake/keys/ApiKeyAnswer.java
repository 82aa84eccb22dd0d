package io.tallypost.intake.keys;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.json.LimitFields;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.ApiKeySecret;
import io.tallypost.keys.ApiKeyState;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.HeaderName;
import io.tallypost.keys.Scope;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An API key as the admin API shows it.
 *
 * @param dailyLimit recipients per day in UTC, or {@code "unlimited"}
 * @param perMinuteLimit recipients per minute, or {@code "unlimited"}
 * @param defaultFrom the author of mail that names none, as it is written in a mail
 * @param previousSecretExpiresAt when the last replaced secret ends; absent where none lives
 * @param lastUsedAt the last request with it, to the minute; absent if there was none yet
 * @param createdBy the key that made it; absent where the service did
 * @param apiKey the key itself; only in the answer that made it
 */
public record ApiKeyAnswer(
    ApiKeyId id,
    String name,
    TenantId tenant,
    Mode mode,
    List<Scope> scopes,
    Object dailyLimit,
    Object perMinuteLimit,
    @Nullable String defaultFrom,
    boolean enabled,
    @Nullable Instant expiresAt,
    List<DomainRule> allowedSenderDomains,
    List<DomainRule> allowedRecipientDomains,
    List<AddressRange> allowedCidrs,
    List<HeaderName> allowedHeaders,
    @Nullable Instant previousSecretExpiresAt,
    Instant createdAt,
    Instant updatedAt,
    @Nullable Instant lastUsedAt,
    @Nullable ApiKeyId createdBy,
    @Nullable String apiKey) {

  static ApiKeyAnswer of(ApiKeyRow row, Instant now) {
    return of(row, now, null);
  }

  static ApiKeyAnswer created(ApiKeyRegister.Created created, Instant now) {
    return of(created.row(), now, created.token().plaintext());
  }

  private static ApiKeyAnswer of(ApiKeyRow row, Instant now, @Nullable String plaintext) {
    ApiKeyState key = row.state();
    return new ApiKeyAnswer(
        key.id(),
        key.name(),
        key.tenant(),
        key.mode(),
        key.scopes().stream().sorted().toList(),
        LimitFields.shown(key.limits(), QuotaPolicyName.KEY_DAY),
        LimitFields.shown(key.limits(), QuotaPolicyName.KEY_MINUTE),
        written(key.defaultFrom()),
        key.enabled(),
        key.restrictions().expiresAt(),
        key.restrictions().senderDomains(),
        key.restrictions().recipientDomains(),
        key.restrictions().cidrs(),
        key.restrictions().allowedHeaders(),
        previousSecretExpiresAt(key, now),
        row.createdAt(),
        row.updatedAt(),
        row.lastUsedAt(),
        key.createdBy(),
        plaintext);
  }

  private static @Nullable Instant previousSecretExpiresAt(ApiKeyState key, Instant now) {
    return key.secrets().stream()
        .filter(secret -> secret.validAt(now))
        .map(ApiKeySecret::expiresAt)
        .filter(Objects::nonNull)
        .max(Instant::compareTo)
        .orElse(null);
  }

  /** A mailbox as it is written in a mail. */
  public static @Nullable String written(@Nullable Mailbox mailbox) {
    if (mailbox == null) {
      return null;
    }
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
