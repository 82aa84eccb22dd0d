package io.posthorn.delivery.consume;

import io.posthorn.delivery.Courier;
import io.posthorn.delivery.DeliveryMetrics;
import io.posthorn.delivery.DeliverySettings;
import io.posthorn.delivery.relays.GroupShare;
import io.posthorn.delivery.relays.RelayDirectory;
import io.posthorn.events.Lane;
import io.posthorn.metrics.Shutdowns;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A consumer for each lane; what they have under way comes out of one budget. */
@Configuration
class ConsumeConfiguration {

  @Bean
  Budget budget(DeliverySettings settings, DeliveryMetrics metrics) {
    var budget = new Budget(settings.maxInFlight(), settings.bulkPercent());
    metrics.observeInFlight(budget::inFlight);
    return budget;
  }

  @Bean
  ApprovedConsumer transactionalConsumer(
      KafkaClients clients,
      Courier courier,
      Budget budget,
      DeliverySettings settings,
      Shutdowns shutdowns,
      RelayDirectory relays,
      GroupShare share) {
    return new ApprovedConsumer(
        Lane.TRANSACTIONAL, clients, courier, budget, settings, shutdowns, relays, share);
  }

  @Bean
  ApprovedConsumer bulkConsumer(
      KafkaClients clients,
      Courier courier,
      Budget budget,
      DeliverySettings settings,
      Shutdowns shutdowns,
      RelayDirectory relays,
      GroupShare share) {
    return new ApprovedConsumer(
        Lane.BULK, clients, courier, budget, settings, shutdowns, relays, share);
  }
}
