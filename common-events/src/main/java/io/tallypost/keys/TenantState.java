package io.tallypost.keys;

import io.tallypost.config.Versioned;
import io.tallypost.events.EventContext;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Mailbox;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as every service knows it: the value of {@code config.tenants.v1}.
 *
 * @param v the version of this shape
 * @param version the row's version; higher than that of any earlier tenant with this id
 * @param name what people call it
 * @param enabled whether its keys may be used
 * @param limits quota limits for all its keys together; a missing policy is unlimited
 * @param defaultFrom the author of mail whose key names none either; null if there is none
 * @param heldSince since when its accepted mail waits instead of being sent; null while it is sent
 * @param releasedAt when its mail continued after a hold or a disabling; mail's age starts then at
 *     the earliest; null if never
 * @param deletedAt since when the tenant is deleted: its queued mail is never sent, and nobody may
 *     take its id; null if it exists. Such a state is also disabled and held, for readers that do
 *     not know this field
 * @param allowedSenderDomains the domains that mail of its keys may come from; empty for all, and
 *     absent in older records
 */
public record TenantState(
    int v,
    long version,
    TenantId id,
    String name,
    boolean enabled,
    List<QuotaLimit> limits,
    @Nullable Mailbox defaultFrom,
    @Nullable Instant heldSince,
    @Nullable Instant releasedAt,
    @Nullable Instant deletedAt,
    List<DomainRule> allowedSenderDomains)
    implements Versioned {

  /** The shape that this build writes, and the highest that it reads. */
  public static final int SHAPE = EventContext.VERSION;

  /**
   * Checks that this build can use it.
   *
   * @throws IllegalArgumentException if the shape is a later one
   * @throws NullPointerException if a field is missing
   */
  @SuppressWarnings({"ConstantValue", "ConstantConditions"}) // older records have no such list
  public TenantState {
    if (v < 1 || v > SHAPE) {
      throw new IllegalArgumentException("tenant version " + v + " is not one of 1 to " + SHAPE);
    }
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(name, "name");
    limits = List.copyOf(limits);
    allowedSenderDomains =
        allowedSenderDomains == null ? List.of() : List.copyOf(allowedSenderDomains);
  }

  /** A tenant without a sender of its own that was never held. */
  public TenantState(
      int v, long version, TenantId id, String name, boolean enabled, List<QuotaLimit> limits) {
    this(v, version, id, name, enabled, limits, null, null, null, null, List.of());
  }

  /** An existing tenant. */
  public TenantState(
      int v,
      long version,
      TenantId id,
      String name,
      boolean enabled,
      List<QuotaLimit> limits,
      @Nullable Mailbox defaultFrom,
      @Nullable Instant heldSince,
      @Nullable Instant releasedAt,
      List<DomainRule> allowedSenderDomains) {
    this(
        v,
        version,
        id,
        name,
        enabled,
        limits,
        defaultFrom,
        heldSince,
        releasedAt,
        null,
        allowedSenderDomains);
  }

  /** The remainder of a deleted tenant. */
  public static TenantState deleted(TenantId id, long version, Instant at) {
    return new TenantState(
        SHAPE, version, id, id.value(), false, List.of(), null, at, null, at, List.of());
  }

  /** Whether its accepted mail waits instead of being sent. */
  public boolean holdsMail() {
    return heldSince != null;
  }

  /** Whether its accepted mail is sent: it is neither held nor disabled. */
  public boolean sendsMail() {
    return enabled && !holdsMail();
  }

  /** Whether it was deleted, and only its id is still reserved. */
  public boolean wasDeleted() {
    return deletedAt != null;
  }
}
