package io.tallypost.intake.admin;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.keys.TenantSettings;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts together what all kinds of config need. */
@Configuration(proxyBeanMethods = false)
class AdminConfiguration {

  @Bean
  ConfigTopic.Outlet configOutlet(
      Outbox outbox,
      Tombstones tombstones,
      OutboxPublisher publisher,
      TransactionTemplate transaction) {
    return new ConfigTopic.Outlet(outbox, tombstones, publisher, transaction);
  }

  /** Nothing of a deleted tenant may outlive the reservation of its id. */
  @Bean
  SmartInitializingSingleton retentionCheck(IntakeSettings kept, TenantSettings tenants) {
    return () ->
        tenants.checkCovers("tallypost.intake.admin-log-retention", kept.adminLogRetention());
  }
}
