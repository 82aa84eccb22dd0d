package io.tallypost.delivery.consume;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.stereotype.Component;

/** Opens the clients of our own loops, with Spring Boot's connection settings. */
@Component
final class KafkaClients {
  /** How long leaving the group may take if the brokers are away. */
  static final Duration SOON_ENOUGH = Duration.ofSeconds(5);

  static final CloseOptions SOON = CloseOptions.timeout(SOON_ENOUGH);

  private static final int SESSION_TIMEOUT_MS = 8_000;
  private static final int HEARTBEAT_MS = 2_000;
  private static final int TRANSACTION_TIMEOUT_MS = 5_000;
  private static final int METADATA_MAX_AGE_MS = 30_000;

  /**
   * What a consumer fetches ahead from each broker, compressed; a larger record comes nevertheless.
   * Kafka's default of 50 MB is too much beside the mail itself, with three consumers in a worker.
   */
  private static final int FETCH_MAX_BYTES = 4 * 1024 * 1024;

  /** A hand-over may take this long without the worker counting as dead. */
  static final Duration MAX_POLL_INTERVAL = Duration.ofMinutes(5);

  private final ConsumerFactory<?, ?> consumers;
  private final ProducerFactory<?, ?> producers;
  private final KafkaAdmin admin;

  KafkaClients(ConsumerFactory<?, ?> consumers, ProducerFactory<?, ?> producers, KafkaAdmin admin) {
    this.consumers = consumers;
    this.producers = producers;
    this.admin = admin;
  }

  Admin admin() {
    return Admin.create(admin.getConfigurationProperties());
  }

  Consumer<byte[], byte[]> consumer(String group, int maxPollRecords) {
    Map<String, Object> config = new HashMap<>(consumers.getConfigurationProperties());
    config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // A group that starts anywhere but at the first record loses mail.
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // The default assignor stops everybody while one worker finishes what it must give away.
    config.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
    config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MS);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, maxPollRecords);
    config.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, METADATA_MAX_AGE_MS);
    config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_MAX_BYTES);
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_MAX_BYTES / 4);
    config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) MAX_POLL_INTERVAL.toMillis());
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  Producer<byte[], byte[]> transactionalProducer(String transactionalId) {
    Map<String, Object> config = new HashMap<>(producers.getConfigurationProperties());
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    // A transaction cannot outlive its timeout, so a record need not wait longer either.
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TRANSACTION_TIMEOUT_MS);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
