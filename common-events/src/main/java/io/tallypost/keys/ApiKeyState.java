package io.tallypost.keys;

import io.tallypost.config.Versioned;
import io.tallypost.events.EventContext;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.TenantId;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An API key as every service knows it: the value of {@code config.api-keys.v1}.
 *
 * @param v the version of this shape
 * @param version the row's version
 * @param secrets the valid ones; more than one while a replaced secret overlaps with its successor
 * @param enabled whether it may be used
 * @param limits its quota limits; a missing policy is unlimited
 * @param defaultFrom the author of mail that names none; null if there is none
 * @param restrictions what narrows its use; absent in older records, which had none
 * @param createdBy the key that made it; null if a start of the service, or an older build, did
 */
public record ApiKeyState(
    int v,
    long version,
    ApiKeyId id,
    TenantId tenant,
    String name,
    Mode mode,
    Set<Scope> scopes,
    List<ApiKeySecret> secrets,
    boolean enabled,
    List<QuotaLimit> limits,
    @Nullable Mailbox defaultFrom,
    KeyRestrictions restrictions,
    @Nullable ApiKeyId createdBy)
    implements Versioned {

  /** The shape that this build writes, and the highest that it reads. */
  public static final int SHAPE = EventContext.VERSION;

  /**
   * Checks that this build can use it.
   *
   * @throws IllegalArgumentException if the shape is a later one
   * @throws NullPointerException if a field is missing
   */
  @SuppressWarnings({"ConstantValue", "ConstantConditions"}) // older records have no restrictions
  public ApiKeyState {
    if (v < 1 || v > SHAPE) {
      throw new IllegalArgumentException("API key version " + v + " is not one of 1 to " + SHAPE);
    }
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(mode, "mode");
    scopes = Set.copyOf(scopes);
    secrets = List.copyOf(secrets);
    limits = List.copyOf(limits);
    restrictions = restrictions == null ? KeyRestrictions.NONE : restrictions;
  }

  /** A key without restrictions. */
  public ApiKeyState(
      int v,
      long version,
      ApiKeyId id,
      TenantId tenant,
      String name,
      Mode mode,
      Set<Scope> scopes,
      List<ApiKeySecret> secrets,
      boolean enabled,
      List<QuotaLimit> limits,
      @Nullable Mailbox defaultFrom) {
    this(
        v,
        version,
        id,
        tenant,
        name,
        mode,
        scopes,
        secrets,
        enabled,
        limits,
        defaultFrom,
        KeyRestrictions.NONE,
        null);
  }

  /** The same key in its row's next version, with other secrets. */
  public ApiKeyState next(List<ApiKeySecret> nextSecrets) {
    return new ApiKeyState(
        SHAPE,
        version + 1,
        id,
        tenant,
        name,
        mode,
        scopes,
        nextSecrets,
        enabled,
        limits,
        defaultFrom,
        restrictions,
        createdBy);
  }
}
