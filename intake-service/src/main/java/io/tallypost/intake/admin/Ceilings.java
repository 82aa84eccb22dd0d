package io.tallypost.intake.admin;

import io.tallypost.ids.TenantId;
import io.tallypost.kit.problems.ProblemException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Holds exact limits, however many processes add at once: it counts in the transaction that adds,
 * under a lock that every such transaction takes.
 */
@Repository
public class Ceilings {
  /** Any number that no other user of the database locks by: "tenants" in ASCII. */
  private static final long TENANTS_LOCK = 0x74656e616e7473L;

  /** The same: "keys" in ASCII. */
  private static final long KEYS_LOCK = 0x6b657973L;

  private final JdbcClient jdbc;
  private final CeilingSettings most;

  public Ceilings(JdbcClient jdbc, CeilingSettings most) {
    this.jdbc = jdbc;
    this.most = most;
  }

  /** What a tenant has many of. */
  public enum Kind {
    KEYS("intake.api_key", "API keys", "keys-per-tenant"),
    RELAYS("intake.relay", "relays", "relays-per-tenant");

    private final String table;
    private final String name;
    private final String setting;

    Kind(String table, String name, String setting) {
      this.table = table;
      this.name = name;
      this.setting = setting;
    }
  }

  /**
   * Refuses one more before any work is done for it. Others may add at the same time, so {@link
   * #refuseTooMany} decides.
   *
   * @throws ProblemException 409 if the tenant, or all together, have as many as they may have
   */
  public void refuseOneMore(Kind kind, TenantId tenant) {
    if (count(kind, tenant) >= most(kind)) {
      throw tooMany(kind);
    }
    if (kind == Kind.KEYS && countKeys() >= most.allKeys()) {
      throw tooManyKeys();
    }
  }

  /**
   * Counts what the tenant has, and all keys together, including what this transaction added, and
   * keeps others out until it ends. The added row keeps the tenant from being deleted until then.
   *
   * @throws ProblemException 409 if that is more than there may be; the transaction must not commit
   */
  public void refuseTooMany(Kind kind, TenantId tenant) {
    jdbc.sql("SELECT id FROM intake.tenant WHERE id = :tenant FOR NO KEY UPDATE")
        .param("tenant", tenant.value())
        .query(String.class)
        .optional();
    if (count(kind, tenant) > most(kind)) {
      throw tooMany(kind);
    }
    if (kind == Kind.KEYS) {
      // The last lock of its transaction, so whoever holds it waits for nobody.
      lock(KEYS_LOCK);
      if (countKeys() > most.allKeys()) {
        throw tooManyKeys();
      }
    }
  }

  /** Keeps others from making a tenant until the transaction ends. */
  public void lockTenants() {
    lock(TENANTS_LOCK);
  }

  private void lock(long number) {
    jdbc.sql("SELECT pg_advisory_xact_lock(:lock)")
        .param("lock", number)
        .query((_, _) -> true)
        .single();
  }

  /**
   * Counts the tenants, including the one that this transaction added, under {@link #lockTenants}.
   *
   * @throws ProblemException 409 if there are too many; the transaction must not commit
   */
  public void refuseTooManyTenants() {
    long count =
        jdbc.sql(
                "SELECT (SELECT count(*) FROM intake.tenant WHERE id <> :everybody) + (SELECT count(*) FROM intake.former_tenant)")
            .param("everybody", TenantId.EVERYBODY.value())
            .query(Long.class)
            .single();
    if (count > most.tenants()) {
      throw tooMany(
          "There are %d tenants, the most that there may be, with the deleted ones whose id is reserved. Ids become free with time (tallypost.tenants.id-reserved); or raise tallypost.intake.ceilings.tenants."
              .formatted(most.tenants()));
    }
  }

  private long count(Kind kind, TenantId tenant) {
    return jdbc.sql("SELECT count(*) FROM " + kind.table + " WHERE tenant = :tenant")
        .param("tenant", tenant.value())
        .query(Long.class)
        .single();
  }

  private long countKeys() {
    return jdbc.sql("SELECT count(*) FROM intake.api_key").query(Long.class).single();
  }

  private int most(Kind kind) {
    return switch (kind) {
      case KEYS -> most.keysPerTenant();
      case RELAYS -> most.relaysPerTenant();
    };
  }

  private ProblemException tooMany(Kind kind) {
    return tooMany(
        "This tenant has %d %s, the most that it may have, disabled and expired ones included. Delete those that are no longer used, or ask the operator to raise tallypost.intake.ceilings.%s."
            .formatted(most(kind), kind.name, kind.setting));
  }

  private ProblemException tooManyKeys() {
    return tooMany(
        "All tenants together have %d API keys, the most that there may be, disabled and expired ones included. Delete those that are no longer used, or ask the operator to raise tallypost.intake.ceilings.all-keys."
            .formatted(most.allKeys()));
  }

  private static ProblemException tooMany(String detail) {
    return new ProblemException(HttpStatus.CONFLICT, "too_many", detail);
  }
}
