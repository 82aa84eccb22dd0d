package io.tallypost.audit.operator;

import io.tallypost.events.EventJson;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.stereotype.Component;

/**
 * Connections to Kafka for operators' actions. All writes are transactions and give up soon,
 * because somebody waits for the answer or a job tries again.
 */
@Component
public class OperatorKafka {
  private final KafkaProperties kafka;

  OperatorKafka(KafkaProperties kafka) {
    this.kafka = kafka;
  }

  /**
   * A producer with this transactional id, which has ended its predecessor's open transaction and
   * fenced the predecessor.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public Producer<byte[], byte[]> transactional(String id) {
    Map<String, Object> config = new HashMap<>(kafka.buildProducerProperties());
    config.put(ProducerConfig.CLIENT_ID_CONFIG, id);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
    // A process that dies in a transaction hides later records from all readers for that long.
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 5_000);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 4_000);
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 4_500);
    var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
      return producer;
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Publishes records: all of them, or usually none after an exception.
   *
   * @param id the transaction's unique id
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public void publish(String id, List<ProducerRecord<byte[], byte[]>> records) {
    var producer = transactional(id);
    try {
      producer.beginTransaction();
      // The commit reports whatever a send could not.
      for (var record : records) {
        var _ = producer.send(record);
      }
      producer.commitTransaction();
    } finally {
      producer.close(Duration.ZERO);
    }
  }

  /** Reads single records by their place. */
  public Consumer<byte[], byte[]> reader() {
    Map<String, Object> config = new HashMap<>(kafka.buildConsumerProperties());
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    // The broker returns at least a whole batch; no more is needed.
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 * 1024);
    config.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** A group that nobody ever joins, whose offsets a transaction can commit all the same. */
  public ConsumerGroupMetadata groupWithoutMembers(String group) {
    Map<String, Object> config = new HashMap<>(kafka.buildConsumerProperties());
    config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return consumer.groupMetadata();
    }
  }

  public Admin admin() {
    Map<String, Object> config = new HashMap<>(kafka.buildAdminProperties());
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000);
    config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
    return Admin.create(config);
  }

  /** The record about an action, in this trace. */
  public static ProducerRecord<byte[], byte[]> operation(
      OperatorAction action, RecordHeaders trace) {
    var headers = RecordHeaders.empty();
    trace
        .text(RecordHeaders.TRACEPARENT)
        .ifPresent(value -> headers.set(RecordHeaders.TRACEPARENT, value));
    return new ProducerRecord<>(
        Topics.OPERATIONS, null, action.key(), EventJson.write(action), headers.toKafka());
  }
}
