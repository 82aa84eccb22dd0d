package io.tallypost.intake.relays;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.DomainRule;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayState;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A relay as the admin API shows it. Its password is in no answer.
 *
 * @param tenant whose relay it is; {@code *} for all tenants without relays
 * @param user the name that workers log in with; absent without login
 * @param ratePerSecond messages per second of all workers together; absent without such a limit
 * @param ehloName what workers call themselves; absent means the worker's machine name
 */
record RelayConfigAnswer(
    RelayId id,
    String name,
    TenantId tenant,
    boolean enabled,
    String host,
    int port,
    RelaySecurity security,
    @Nullable String user,
    boolean hasPassword,
    int priority,
    int weight,
    int maxConnections,
    int messagesPerConnection,
    @Nullable Integer ratePerSecond,
    @Nullable Integer ratePerMinute,
    List<DomainRule> allowedSenderDomains,
    @Nullable String ehloName,
    BigDecimal costPerRecipient,
    Instant createdAt,
    Instant updatedAt) {

  static RelayConfigAnswer of(RelayRow row) {
    RelayState relay = row.state();
    return new RelayConfigAnswer(
        relay.id(),
        relay.name(),
        relay.tenant(),
        relay.enabled(),
        relay.host(),
        relay.port(),
        relay.security(),
        relay.user(),
        relay.password() != null,
        relay.priority(),
        relay.weight(),
        relay.maxConnections(),
        relay.messagesPerConnection(),
        relay.rate().perSecond(),
        relay.rate().perMinute(),
        relay.allowedSenderDomains(),
        relay.ehloName(),
        relay.costPerRecipient(),
        row.createdAt(),
        row.updatedAt());
  }
}
