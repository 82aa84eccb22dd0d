package io.posthorn.delivery;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import io.posthorn.delivery.smtp.Relays;
import io.posthorn.delivery.smtp.SimulatedRelay;
import io.posthorn.delivery.smtp.SmtpRelay;
import io.posthorn.events.Topics;
import io.posthorn.topics.TopicFactory;
import io.posthorn.tracing.RecordTracing;
import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLSocketFactory;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
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
  DeliveryMetrics deliveryMetrics(MeterRegistry registry) {
    return new DeliveryMetrics(registry);
  }

  /** Whom relays' certificates are checked against: the JVM's trust store. */
  @Bean
  @ConditionalOnMissingBean
  SSLSocketFactory relayTrust() {
    return (SSLSocketFactory) SSLSocketFactory.getDefault();
  }

  @Bean
  SmtpRelay defaultRelay(DeliverySettings settings, SSLSocketFactory tls, InstantSource clock) {
    return new SmtpRelay(settings.relay(), tls, clock);
  }

  @Bean
  Relays relays(SmtpRelay standard, DeliverySettings settings) {
    return new Relays(standard, new SimulatedRelay(settings.simulatedSlowness()));
  }

  /** A stop does not wait for brokers that are away: what they do not have is sent again. */
  @Bean
  DefaultKafkaProducerFactoryCustomizer closeSoon() {
    return producers -> producers.setPhysicalCloseTimeout(PRODUCER_CLOSE_SECONDS);
  }

  @Bean
  Courier courier(
      Relays relays,
      DeliverySettings settings,
      ProducerFactory<byte[], byte[]> producers,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    var publisher = new ResultPublisher(producers.createProducer());
    return new Courier(relays, settings, publisher, metrics, tracing, tracer, clock);
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
