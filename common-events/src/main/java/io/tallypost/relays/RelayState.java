package io.tallypost.relays;

import io.tallypost.config.Versioned;
import io.tallypost.events.EventContext;
import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.DomainRule;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A relay as workers know it: the value of {@code config.relays.v1}.
 *
 * <p>A tenant with relays of its own, enabled or not, uses only these; all other tenants use those
 * of {@link TenantId#EVERYBODY} and the default one of the workers' settings. Lower priority
 * numbers come first; among equal ones, mail is spread by weight.
 *
 * @param v the version of this shape
 * @param version the row's version
 * @param tenant its owner
 * @param name what people call it, unique for its tenant
 * @param enabled whether mail goes there
 * @param user the login's user; null without login
 * @param password the user's password, encrypted for {@link #passwordOwner()}; null without login
 * @param priority 0 to 1000, the lowest first, as with MX records (RFC 5321, section 5.1)
 * @param weight 1 to 1000, its share among relays of the same priority
 * @param maxConnections the most connections of all workers together
 * @param messagesPerConnection mails after which a connection is closed
 * @param allowedSenderDomains the domains of authors whose mail it takes; empty takes all
 * @param ehloName the worker's name in EHLO; null means its machine's name
 * @param costPerRecipient its charge for each accepted recipient, in any unit; an older record has
 *     none, which is 0
 */
public record RelayState(
    int v,
    long version,
    RelayId id,
    TenantId tenant,
    String name,
    boolean enabled,
    String host,
    int port,
    RelaySecurity security,
    @Nullable String user,
    @Nullable SealedSecret password,
    int priority,
    int weight,
    int maxConnections,
    int messagesPerConnection,
    SendingRate rate,
    List<DomainRule> allowedSenderDomains,
    @Nullable String ehloName,
    BigDecimal costPerRecipient)
    implements Versioned {

  /** The shape that this build writes, and the highest that it reads. */
  public static final int SHAPE = EventContext.VERSION;

  /**
   * Checks that this build can use it.
   *
   * @throws IllegalArgumentException if the shape is a later one, or only one of user and password
   *     is there
   * @throws NullPointerException if a field is missing
   */
  @SuppressWarnings("ConstantConditions") // records of older builds lack the rate or the cost
  public RelayState {
    if (v < 1 || v > SHAPE) {
      throw new IllegalArgumentException("relay version " + v + " is not one of 1 to " + SHAPE);
    }
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(security, "security");
    if ((user == null) != (password == null)) {
      throw new IllegalArgumentException("a login has a user and a password");
    }
    rate = rate == null ? SendingRate.UNLIMITED : rate;
    allowedSenderDomains = List.copyOf(allowedSenderDomains);
    costPerRecipient = costPerRecipient == null ? BigDecimal.ZERO : costPerRecipient;
  }

  /** The same relay in its row's next version, with its password encrypted again. */
  public RelayState next(@Nullable SealedSecret sealed) {
    return new RelayState(
        SHAPE,
        version + 1,
        id,
        tenant,
        name,
        enabled,
        host,
        port,
        security,
        user,
        sealed,
        priority,
        weight,
        maxConnections,
        messagesPerConnection,
        rate,
        allowedSenderDomains,
        ehloName,
        costPerRecipient);
  }

  /** The owner of its encrypted password. */
  public String passwordOwner() {
    return tenant.value() + "|" + id.value() + "|password";
  }
}
