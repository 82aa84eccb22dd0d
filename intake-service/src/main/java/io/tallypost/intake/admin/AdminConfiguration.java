package io.tallypost.intake.admin;

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
}
