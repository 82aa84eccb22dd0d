package io.tallypost.delivery;

import io.tallypost.kit.kafka.AdminRole;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.kafka.ProducerRole;
import java.time.Duration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.kafka.core.ProducerFactory;

/** Opens the clients of our own loops, with Spring Boot's connection settings. */
public class KafkaClients {
  /** How long leaving the group may take if the brokers are away. */
  public static final Duration SOON_ENOUGH = Duration.ofSeconds(5);

  /** The same, as a consumer takes it. */
  public static final CloseOptions SOON = CloseOptions.timeout(SOON_ENOUGH);

  private final ConsumerFactory<?, ?> consumers;
  private final ProducerFactory<?, ?> producers;
  private final KafkaAdmin admin;

  /** Clients with the connection settings of these. */
  public KafkaClients(
      ConsumerFactory<?, ?> consumers, ProducerFactory<?, ?> producers, KafkaAdmin admin) {
    this.consumers = consumers;
    this.producers = producers;
    this.admin = admin;
  }

  /** To read and keep groups' offsets. */
  public Admin admin() {
    return AdminRole.patient().open(admin.getConfigurationProperties());
  }

  /** A member of a group that delivers or tests. */
  public Consumer<byte[], byte[]> consumer(String group, int maxPollRecords) {
    return ConsumerRole.worker(group, maxPollRecords).open(consumers.getConfigurationProperties());
  }

  /** A member of the group that reads the retry topics. */
  public Consumer<byte[], byte[]> retries(String group, int maxPollRecords) {
    return ConsumerRole.retries(group, maxPollRecords).open(consumers.getConfigurationProperties());
  }

  /** Writes what becomes of due retries. */
  public Producer<byte[], byte[]> transactionalProducer(String transactionalId) {
    return ProducerRole.retries(transactionalId).open(producers.getConfigurationProperties());
  }
}
