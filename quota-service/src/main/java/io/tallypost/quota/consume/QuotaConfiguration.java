package io.tallypost.quota.consume;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.keys.TenantSettings;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.Tenants;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.quota.InstanceSettings;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.decide.Thinning;
import io.tallypost.quota.publish.ApprovalTransactions;
import io.tallypost.quota.publish.DecisionPublisher;
import io.tallypost.quota.publish.DecisionRecords;
import io.tallypost.quota.publish.KafkaClients;
import io.tallypost.quota.usage.QuotaMetrics;
import java.time.InstantSource;
import java.util.UUID;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts the parts together. */
@Configuration(proxyBeanMethods = false)
class QuotaConfiguration {

  @Bean
  KafkaClients kafkaClients(KafkaProperties kafka, InstanceSettings settings) {
    String instance = settings.instance();
    return new KafkaClients(kafka, instance.isBlank() ? UUID.randomUUID().toString() : instance);
  }

  @Bean
  QuotaLedger quotaLedger(
      JdbcClient db,
      PlatformTransactionManager transactions,
      QuotaSettings settings,
      InstantSource clock) {
    var transaction = new TransactionTemplate(transactions);
    transaction.setName("decide");
    return new QuotaLedger(db, transaction, settings, clock);
  }

  @Bean
  Producer<byte[], byte[]> verdictProducer(KafkaClients clients) {
    return clients.plainProducer();
  }

  @Bean
  DecisionPublisher decisionPublisher(Producer<byte[], byte[]> verdictProducer) {
    return new DecisionPublisher(verdictProducer);
  }

  @Bean
  QuotaMetrics quotaMetrics(
      MeterRegistry registry,
      LabelValues values,
      CompactedView<TenantState> tenants,
      InstantSource clock) {
    var metrics = new QuotaMetrics(registry, values, clock);
    Tenants.showEach(tenants, metrics::show);
    return metrics;
  }

  @Bean
  Decisions decisions(
      QuotaLedger ledger,
      QuotaMetrics metrics,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    return new Decisions(ledger, new DecisionRecords(tracing), metrics, tracing, tracer, clock);
  }

  @Bean
  ApprovalTransactions approvalTransactions(KafkaClients clients, QuotaSettings settings) {
    return new ApprovalTransactions(clients::transactionalProducer, settings);
  }

  @Bean
  RequestListener requestListener(
      KafkaClients clients,
      Decisions decisions,
      DecisionPublisher publisher,
      QuotaLedger ledger,
      ApprovalTransactions transactions,
      Shutdowns shutdowns,
      QuotaSettings settings) {
    return new RequestListener(
        clients::consumer,
        clients::admin,
        decisions,
        publisher,
        ledger,
        transactions,
        shutdowns,
        settings);
  }

  /** Nothing of a deleted tenant may outlive the reservation of its id. */
  @Bean
  SmartInitializingSingleton retentionCheck(QuotaSettings kept, TenantSettings tenants) {
    return () -> {
      tenants.checkCovers("tallypost.quota.keep-keyed", kept.keepKeyed());
      tenants.checkCovers("tallypost.quota.keep-others", kept.keepOthers());
      tenants.checkCovers("tallypost.quota.keep-usage", kept.keepUsage());
    };
  }

  @Bean
  Thinning thinning(JdbcClient db, QuotaSettings settings, InstantSource clock) {
    return new Thinning(db, settings, clock);
  }
}
