package io.tallypost.delivery.relays;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.smtp.SimulatedRelay;
import io.tallypost.events.Topics;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.relays.RelayAccessSettings;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.relays.RelayState;
import java.time.InstantSource;
import javax.net.ssl.SSLSocketFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.core.ProducerFactory;

/** Puts the relays together. */
@Configuration
@EnableConfigurationProperties(RelayAccessSettings.class)
class RelayConfiguration {

  @Bean
  CompactedView<RelayState> relayStates(KafkaProperties kafka) {
    return new CompactedView<>(Topics.RELAYS, RelayState.class, kafka.buildConsumerProperties());
  }

  @Bean
  GroupShare groupShare() {
    return new GroupShare();
  }

  /** The authorities that relays' certificates are checked against: the JVM's trust store. */
  @Bean
  @ConditionalOnMissingBean
  SSLSocketFactory relayTrust() {
    return (SSLSocketFactory) SSLSocketFactory.getDefault();
  }

  @Bean
  RelayMeters relayMeters(MeterRegistry registry, LabelValues values, DeliverySettings settings) {
    var meters = new RelayMeters(registry, values);
    meters.show(settings.relay().name());
    return meters;
  }

  @Bean
  RelayFactory relayFactory(
      DeliverySettings settings,
      RelayAccessSettings access,
      SSLSocketFactory tls,
      CircuitBreakerRegistry breakers,
      InstantSource clock,
      RelayMeters meters,
      Pressure pressure) {
    return new RelayFactory(settings, access, tls, breakers, clock, meters, pressure);
  }

  @Bean
  OpenRelays openRelays(
      RelayFactory factory, GroupShare share, DeliverySettings settings, MeterRegistry meters) {
    int places = Math.max(1, settings.maxInFlight() * settings.relayPercent() / 100);
    var relays = new OpenRelays(factory, share, places);
    Gauge.builder("tallypost.relays.unusable", relays::unusable)
        .description("Relays whose password cannot be opened: their mail waits for a key")
        .register(meters);
    return relays;
  }

  @Bean
  RelayDirectory relayDirectory(
      CompactedView<RelayState> relays,
      CompactedView<TenantState> tenants,
      RelayFactory factory,
      OpenRelays open,
      DeliverySettings settings) {
    return new RelayDirectory(
        relays,
        tenants,
        factory.standard(),
        open,
        new SimulatedRelay(settings.simulatedSlowness()));
  }

  @Bean
  RelayTestListener relayTestListener(
      RelayFactory factory,
      SSLSocketFactory tls,
      DeliverySettings settings,
      InstantSource clock,
      ProducerFactory<byte[], byte[]> producers) {
    return new RelayTestListener(
        factory, tls, settings.instance(), clock, producers.createProducer());
  }
}
