package io.tallypost.intake;

import io.tallypost.kit.kafka.ProducerRole;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The producer behind each 202. */
@Configuration(proxyBeanMethods = false)
class ProducerConfiguration {

  @Bean
  Producer<byte[], byte[]> producer(KafkaProperties kafka) {
    return ProducerRole.accepting().open(kafka.buildProducerProperties());
  }
}
