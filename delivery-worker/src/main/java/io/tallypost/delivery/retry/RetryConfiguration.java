package io.tallypost.delivery.retry;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.KafkaClients;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.InstantSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The pump that brings due retries back. */
@Configuration
class RetryConfiguration {

  @Bean
  RetryPump retryPump(
      KafkaClients clients,
      DeliverySettings settings,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      InstantSource clock) {
    return new RetryPump(clients, settings, metrics, tracing, clock);
  }
}
