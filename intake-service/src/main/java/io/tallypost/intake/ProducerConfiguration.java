package io.tallypost.intake;

import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The producer behind each 202: acknowledged by all in-sync replicas, and idempotent, so that its
 * own retries make no copies. Its times add up to less than the 10 s in which a client is answered:
 * 2 s to find the broker and room in the buffer, then 7 s for all tries together.
 */
@Configuration(proxyBeanMethods = false)
class ProducerConfiguration {

  @Bean
  Producer<byte[], byte[]> producer(KafkaProperties kafka) {
    Map<String, Object> config = kafka.buildProducerProperties();
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    // Enough for a batch under load, too short for a sender to notice.
    config.put(ProducerConfig.LINGER_MS_CONFIG, 3);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 2_000);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 7_000);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
