package io.tallypost.delivery;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaAdmin;

/** Kafka's own doubles, and an admin that nobody may ask. */
public final class MockClients extends KafkaClients {
  private final Supplier<Consumer<byte[], byte[]>> consumers;

  public MockClients(Supplier<Consumer<byte[], byte[]>> consumers) {
    super(
        new DefaultKafkaConsumerFactory<>(Map.of()),
        new DefaultKafkaProducerFactory<>(Map.of()),
        new KafkaAdmin(Map.of()));
    this.consumers = consumers;
  }

  @Override
  public Admin admin() {
    return (Admin)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Admin.class}, (_, _, _) -> null);
  }

  @Override
  public Consumer<byte[], byte[]> consumer(String group, int maxPollRecords) {
    return consumers.get();
  }

  @Override
  public Consumer<byte[], byte[]> retries(String group, int maxPollRecords) {
    return consumers.get();
  }

  @Override
  public Producer<byte[], byte[]> transactionalProducer(String transactionalId) {
    return producer();
  }

  public static MockProducer<byte[], byte[]> producer() {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
