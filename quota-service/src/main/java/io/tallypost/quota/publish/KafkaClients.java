package io.tallypost.quota.publish;

import io.tallypost.kit.kafka.AdminRole;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.kafka.ProducerRole;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/** Quota's connections to Kafka, each named after its process. */
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
    return ConsumerRole.requests(GROUP, "quota-requests-" + instance)
        .open(kafka.buildConsumerProperties());
  }

  /** For verdicts, which may be repeated. */
  public Producer<byte[], byte[]> plainProducer() {
    return ProducerRole.verdicts("quota-verdicts-" + instance)
        .open(kafka.buildProducerProperties());
  }

  /** For approvals, dead letters and offsets; {@code initTransactions} is left to the caller. */
  public Producer<byte[], byte[]> transactionalProducer() {
    return ProducerRole.approvals("quota-approvals-" + instance, "quota-" + instance)
        .open(kafka.buildProducerProperties());
  }

  public Admin admin() {
    return AdminRole.topicId("quota-topic-" + instance).open(kafka.buildAdminProperties());
  }
}
