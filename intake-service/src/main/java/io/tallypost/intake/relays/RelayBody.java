package io.tallypost.intake.relays;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.intake.admin.NameField;
import io.tallypost.intake.json.DecimalField;
import io.tallypost.intake.json.ListField;
import io.tallypost.keys.DomainRule;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.json.NumberField;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SendingRate;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A request to make or change a relay. A field that is absent stays as it is, or takes its default;
 * an explicit null clears it or gives it its default.
 *
 * @param keys the keys that seal a password
 */
record RelayBody(JsonObject body, KeyRing keys) {
  private static final NumberField PORT = new NumberField("port", 1, 65_535);
  private static final NumberField PRIORITY = new NumberField("priority", 0, 1_000);
  private static final NumberField WEIGHT = new NumberField("weight", 1, 1_000);
  private static final NumberField MAX_CONNECTIONS = new NumberField("max_connections", 1, 1_000);
  private static final NumberField MESSAGES_PER_CONNECTION =
      new NumberField("messages_per_connection", 1, 100_000);
  private static final NumberField PER_SECOND = new NumberField("rate_per_second", 1, 100_000);
  private static final NumberField PER_MINUTE = new NumberField("rate_per_minute", 1, 1_000_000);

  private static final DecimalField COST = new DecimalField("cost_per_recipient", 1_000_000, 6);

  private static final int DEFAULT_PRIORITY = 10;
  private static final int DEFAULT_WEIGHT = 100;
  private static final int DEFAULT_MAX_CONNECTIONS = 20;
  private static final int DEFAULT_MESSAGES_PER_CONNECTION = 100;

  /** Not a port: the value before one is set. */
  private static final int NO_PORT = 0;

  /** Reads a new relay; only valid if there are no problems. */
  RelayState forCreation(RelayId id, TenantId ownTenant, Predicate<TenantId> exists) {
    TenantId tenant = tenant(exists).orElse(ownTenant);
    List.of("name", "host").forEach(this::require);
    return forChange(
        new RelayState(
            RelayState.SHAPE,
            0,
            id,
            tenant,
            "",
            true,
            "",
            NO_PORT,
            RelaySecurity.STARTTLS,
            null,
            null,
            DEFAULT_PRIORITY,
            DEFAULT_WEIGHT,
            DEFAULT_MAX_CONNECTIONS,
            DEFAULT_MESSAGES_PER_CONNECTION,
            SendingRate.UNLIMITED,
            List.of(),
            null,
            BigDecimal.ZERO));
  }

  /** Reads a change of a relay; only valid if there are no problems. */
  RelayState forChange(RelayState before) {
    List.of("host", "security", "enabled").forEach(field -> NameField.refuseNull(body, field));
    RelaySecurity security = body.parsed("security", RelaySecurity::of).orElse(before.security());
    Login login = Login.read(body, before, security, keys);
    var changed =
        new RelayState(
            RelayState.SHAPE,
            before.version() + 1,
            before.id(),
            before.tenant(),
            NameField.read(body, before.name()),
            body.bool("enabled").orElse(before.enabled()),
            body.parsed("host", HostName::canonical).orElse(before.host()),
            port(before, security),
            security,
            login.user(),
            login.password(),
            PRIORITY.read(body, before.priority(), DEFAULT_PRIORITY),
            WEIGHT.read(body, before.weight(), DEFAULT_WEIGHT),
            MAX_CONNECTIONS.read(body, before.maxConnections(), DEFAULT_MAX_CONNECTIONS),
            MESSAGES_PER_CONNECTION.read(
                body, before.messagesPerConnection(), DEFAULT_MESSAGES_PER_CONNECTION),
            new SendingRate(
                PER_SECOND.readOrNull(body, before.rate().perSecond()),
                PER_MINUTE.readOrNull(body, before.rate().perMinute())),
            ListField.read(
                body, "allowed_sender_domains", before.allowedSenderDomains(), DomainRule::new),
            ehloName(before.ehloName()),
            COST.read(body, before.costPerRecipient()));
    refuseToTakeThePasswordElsewhere(before, changed);
    body.refuseUnknown();
    return changed;
  }

  /** A caller who does not know the password must not have it sent to a host of its choice. */
  private void refuseToTakeThePasswordElsewhere(RelayState before, RelayState changed) {
    boolean kept = before.password() != null && changed.password() != null && !body.has("password");
    if (kept && !changed.host().equals(before.host())) {
      body.problem(
          "password", "is required when the host changes: the stored one is for the old host");
    }
  }

  /** The ports of RFC 6409, RFC 8314 and RFC 5321. */
  private int port(RelayState before, RelaySecurity security) {
    int usual =
        switch (security) {
          case STARTTLS -> 587;
          case TLS -> 465;
          case NONE -> 25;
        };
    return PORT.read(body, before.port() == NO_PORT ? usual : before.port(), usual);
  }

  private @Nullable String ehloName(@Nullable String before) {
    return body.isNull("ehlo_name")
        ? null
        : body.parsed("ehlo_name", HostName::canonical).orElse(before);
  }

  private Optional<TenantId> tenant(Predicate<TenantId> exists) {
    Optional<TenantId> tenant = body.parsed("tenant", TenantId::new);
    if (tenant.isPresent() && !exists.test(tenant.get())) {
      body.problem("tenant", "is not a tenant of this installation");
    }
    return tenant;
  }

  private void require(String field) {
    if (!body.has(field) && !body.isNull(field)) {
      body.problem(field, "is required");
    }
  }
}
