package io.tallypost.audit;

import io.tallypost.kit.keys.TenantSettings;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/** Ensures that nothing of a deleted tenant outlives the reservation of its id. */
@Component
final class RetentionCheck implements SmartInitializingSingleton {
  private final AuditSettings kept;
  private final TenantSettings tenants;

  RetentionCheck(AuditSettings kept, TenantSettings tenants) {
    this.kept = kept;
    this.tenants = tenants;
  }

  /**
   * Compares the settings.
   *
   * @throws IllegalStateException if something is kept for too long
   */
  @Override
  public void afterSingletonsInstantiated() {
    tenants.checkCovers("tallypost.audit.retention", kept.retention());
    tenants.checkCovers("tallypost.audit.dead-letter-retention", kept.deadLetterRetention());
    tenants.checkCovers("tallypost.audit.operations-retention", kept.operationsRetention());
  }
}
