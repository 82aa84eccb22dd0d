package io.tallypost.quota.publish;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/**
 * Quota's connections to Kafka. The settings say how to reach the broker; what exactness depends on
 * is fixed here.
 */
public final class KafkaClients {
  public static final String GROUP = "quota-service";

  private final KafkaProperties kafka;
  private final String instance;

  /**
   * Names the process.
   *
   * @param instance unique per process, and the same again after a restart if the platform names
   *     its processes
   */
  public KafkaClients(KafkaProperties kafka, String instance) {
    this.kafka = kafka;
    this.instance = instance;
  }

  public Consumer<byte[], byte[]> consumer() {
    Map<String, Object> config = new HashMap<>(kafka.buildConsumerProperties());
    config.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, "quota-requests-" + instance);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // The loop itself goes to the earliest record, and then checks whether the topic is a new one.
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 8_000);
    config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 2_000);
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    config.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** For verdicts, which may be repeated. */
  public Producer<byte[], byte[]> plainProducer() {
    var config = producerConfig();
    config.put(ProducerConfig.CLIENT_ID_CONFIG, "quota-verdicts-" + instance);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** For approvals, dead letters and offsets; {@code initTransactions} is left to the caller. */
  public Producer<byte[], byte[]> transactionalProducer() {
    var config = producerConfig();
    config.put(ProducerConfig.CLIENT_ID_CONFIG, "quota-approvals-" + instance);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "quota-" + instance);
    // A process that dies inside one hides later records from all readers of approvals for that
    // long.
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 5_000);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  public Admin admin() {
    Map<String, Object> config = new HashMap<>(kafka.buildAdminProperties());
    config.put(AdminClientConfig.CLIENT_ID_CONFIG, "quota-topic-" + instance);
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
    return Admin.create(config);
  }

  private Map<String, Object> producerConfig() {
    Map<String, Object> config = new HashMap<>(kafka.buildProducerProperties());
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 4_000);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 4_500);
    return config;
  }
}
