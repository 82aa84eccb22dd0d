package io.tallypost.delivery.courier;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.relays.RelayDirectory;
import io.tallypost.events.Topics;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.kafka.ProducerRole;
import io.tallypost.kit.kafka.TopicFactory;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.Tenants;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.view.CompactedView;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.boot.kafka.autoconfigure.DefaultKafkaProducerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.ProducerFactory;

/** Puts the parts of an attempt together. */
@Configuration
class DeliveryConfiguration {
  private static final int PRODUCER_CLOSE_SECONDS = 5;
  private static final Duration RETRY_RETENTION = Duration.ofDays(14);

  @Bean
  DeliveryMetrics deliveryMetrics(
      MeterRegistry registry,
      LabelValues values,
      CompactedView<TenantState> tenants,
      DeliverySettings settings) {
    var metrics = new DeliveryMetrics(registry, values);
    String relay = settings.relay().name();
    Tenants.showEach(tenants, tenant -> metrics.show(tenant, relay));
    return metrics;
  }

  /**
   * The producer of outcomes, retries and dead letters. A stop does not wait for brokers that are
   * away: what they do not have is sent again.
   */
  @Bean
  DefaultKafkaProducerFactoryCustomizer outcomeProducer() {
    return producers -> {
      producers.updateConfigs(ProducerRole.outcomes().settings());
      producers.setPhysicalCloseTimeout(PRODUCER_CLOSE_SECONDS);
    };
  }

  @Bean
  Courier courier(
      RelayDirectory relays,
      DeliverySettings settings,
      ProducerFactory<byte[], byte[]> producers,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    var outcomes =
        new OutcomeWriter(
            new OutcomeRecords(tracing), new OutcomePublisher(producers.createProducer()), metrics);
    return new Courier(relays, settings, outcomes, tracing, tracer, clock);
  }

  /** The topics in which mail waits, one for each delay. */
  @Bean
  KafkaAdmin.NewTopics retryTopics(DeliverySettings settings, TopicFactory topics) {
    return new KafkaAdmin.NewTopics(
        settings.retry().delays().stream()
            .map(delay -> topics.small(Topics.retry(delay), RETRY_RETENTION))
            .toArray(NewTopic[]::new));
  }
}
