package io.tallypost.intake.outbox;

import io.tallypost.intake.IntakeSettings;
import io.tallypost.kit.database.ConfirmingTransactionTemplate;
import io.tallypost.kit.keys.TenantSettings;
import java.util.List;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts together what all kinds of config need. */
@Configuration(proxyBeanMethods = false)
class OutboxConfiguration {

  @Bean
  Database database() {
    return new Database();
  }

  @Bean
  ConfigReread configReread(List<ConfigTopic<?>> topics, Tombstones tombstones) {
    return new ConfigReread(topics, tombstones);
  }

  /** Of every change of config. */
  @Bean
  TransactionTemplate transaction(PlatformTransactionManager transactions) {
    return new ConfirmingTransactionTemplate(transactions);
  }

  @Bean
  OutboxPublisher configPublisher(
      Outbox outbox,
      Producer<byte[], byte[]> producer,
      TransactionTemplate transaction,
      Database database) {
    return new OutboxPublisher(outbox, Outbox.Part.CONFIG, producer, transaction, database);
  }

  @Bean
  OutboxPublisher logPublisher(
      Outbox outbox,
      Producer<byte[], byte[]> producer,
      TransactionTemplate transaction,
      Database database) {
    return new OutboxPublisher(outbox, Outbox.Part.LOG, producer, transaction, database);
  }

  @Bean
  ConfigTopic.Outlet configOutlet(
      Outbox outbox,
      Tombstones tombstones,
      @Qualifier("configPublisher") OutboxPublisher publisher,
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
