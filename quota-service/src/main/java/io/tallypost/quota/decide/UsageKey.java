package io.tallypost.quota.decide;

import io.tallypost.events.EventContext;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;

/**
 * Names one counter.
 *
 * @param subject an API key's id, or a tenant's id after the mode: test mail does not burden live
 *     mail (a test key has an id of its own anyway)
 * @param windowStart in UTC
 */
public record UsageKey(QuotaPolicyName policy, String subject, Instant windowStart)
    implements Comparable<UsageKey> {

  private static final Comparator<UsageKey> ORDER =
      Comparator.comparing(UsageKey::policy)
          .thenComparing(UsageKey::subject)
          .thenComparing(UsageKey::windowStart);

  /** The counter that counts a request of this context. */
  public static UsageKey of(QuotaPolicyName policy, EventContext context) {
    return of(policy, context.apiKeyId(), context.tenant(), context.mode(), context.acceptedAt());
  }

  /** The counter of the window at this moment. */
  public static UsageKey of(
      QuotaPolicyName policy, ApiKeyId key, TenantId tenant, Mode mode, Instant at) {
    var subject =
        switch (policy) {
          case KEY_MINUTE, KEY_DAY -> key.value();
          case TENANT_DAY, TENANT_MONTH -> mode.wireName() + ":" + tenant.value();
        };
    return new UsageKey(policy, subject, startOf(policy, at));
  }

  private static Instant startOf(QuotaPolicyName policy, Instant at) {
    return switch (policy) {
      case KEY_MINUTE -> at.truncatedTo(ChronoUnit.MINUTES);
      case KEY_DAY, TENANT_DAY -> at.truncatedTo(ChronoUnit.DAYS);
      case TENANT_MONTH ->
          OffsetDateTime.ofInstant(at, ZoneOffset.UTC)
              .withDayOfMonth(1)
              .with(LocalTime.MIDNIGHT)
              .toInstant();
    };
  }

  /** The window's end. */
  public Instant resetsAt() {
    return switch (policy) {
      case KEY_MINUTE -> windowStart.plus(1, ChronoUnit.MINUTES);
      case KEY_DAY, TENANT_DAY -> windowStart.plus(1, ChronoUnit.DAYS);
      case TENANT_MONTH ->
          OffsetDateTime.ofInstant(windowStart, ZoneOffset.UTC).plusMonths(1).toInstant();
    };
  }

  @Override
  public int compareTo(UsageKey other) {
    return ORDER.compare(this, other);
  }
}
