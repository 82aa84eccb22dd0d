package io.tallypost.intake.rounds;

import io.tallypost.intake.admin.CeilingSettings;
import io.tallypost.intake.keys.ApiKeyRegister;
import io.tallypost.intake.tenants.TenantRegister;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes expired keys, and frees the ids of deleted tenants. */
public class Expiries {
  private static final Logger log = LoggerFactory.getLogger(Expiries.class);

  private final ApiKeyRegister keys;
  private final TenantRegister tenants;
  private final CeilingSettings settings;

  Expiries(ApiKeyRegister keys, TenantRegister tenants, CeilingSettings settings) {
    this.keys = keys;
    this.tenants = tenants;
    this.settings = settings;
  }

  /** Some of them; more the next time. */
  public void apply(Instant now) {
    int expired = keys.deleteExpired(now.minus(settings.expiredKeysKept()));
    int told = tenants.tellFormer();
    if (told > 0) {
      log.atInfo().addKeyValue("tenant_ids", told).log("ids of deleted tenants told");
    }
    int ids = tenants.freeIds(now);
    if (expired + ids > 0) {
      log.atInfo()
          .addKeyValue("keys", expired)
          .addKeyValue("tenant_ids", ids)
          .log("expired keys deleted, ids of deleted tenants freed");
    }
  }
}
