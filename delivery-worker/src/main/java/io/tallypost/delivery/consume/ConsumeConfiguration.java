package io.tallypost.delivery.consume;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.KafkaClients;
import io.tallypost.delivery.courier.Courier;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.delivery.relays.GroupShare;
import io.tallypost.delivery.relays.RelayDirectory;
import io.tallypost.delivery.relays.RelayTestListener;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.mail.Lane;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.ProducerFactory;

/** A consumer for each lane, which share one budget; and the relay tests. */
@Configuration
class ConsumeConfiguration {

  @Bean
  KafkaClients kafkaClients(
      ConsumerFactory<?, ?> consumers, ProducerFactory<?, ?> producers, KafkaAdmin admin) {
    return new KafkaClients(consumers, producers, admin);
  }

  @Bean
  Budget budget(DeliverySettings settings, DeliveryMetrics metrics) {
    // The other half is for what the two lanes have polled and parked.
    var limits =
        new Budget.Limits(
            settings.maxInFlight(),
            settings.bytesInFlight() / 2,
            settings.bulkPercent(),
            settings.relayPercent(),
            settings.tenantPercent());
    var budget = new Budget(limits, System::nanoTime);
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

  @Bean
  RelayTestLoop relayTests(KafkaClients clients, RelayTestListener listener) {
    return new RelayTestLoop(clients, listener::on);
  }
}
