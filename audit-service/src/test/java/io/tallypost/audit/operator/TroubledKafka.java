package io.tallypost.audit.operator;

import io.tallypost.kit.testing.Trouble;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;

/** Kafka as it is in this trouble, and no Kafka behind it. */
public final class TroubledKafka extends OperatorKafka {
  private final Trouble trouble;

  public TroubledKafka(Trouble trouble) {
    super(new KafkaProperties());
    this.trouble = trouble;
  }

  /** Where it has no trouble. */
  private UnsupportedOperationException ask() {
    trouble.broker();
    return new UnsupportedOperationException("there is no broker");
  }

  @Override
  public Producer<byte[], byte[]> transactional(String id) {
    throw ask();
  }

  @Override
  public Consumer<byte[], byte[]> reader() {
    throw ask();
  }

  @Override
  public ConsumerGroupMetadata groupWithoutMembers(String group) {
    throw ask();
  }

  @Override
  public Admin admin() {
    throw ask();
  }
}
