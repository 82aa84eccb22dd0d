package io.tallypost.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.MessageId;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.testing.Backends;
import io.tallypost.relays.RelayState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What a test puts on the topics and finds there. */
final class Queues implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer =
      new KafkaProducer<>(
          Map.of("bootstrap.servers", Backends.kafka(), "acks", "all"),
          new ByteArraySerializer(),
          new ByteArraySerializer());

  private final Map<String, Followed> topics = new HashMap<>();

  /** Approves a mail, as quota does. */
  RecordMetadata approve(SendRequested request) {
    return approve(request.messageId(), EventJson.write(request), RecordHeaders.empty());
  }

  RecordMetadata approve(MessageId id, byte[] value, RecordHeaders headers) {
    return put(
        new ProducerRecord<>(
            Topics.APPROVED, null, id.toString().getBytes(UTF_8), value, headers.toKafka()));
  }

  /** Approves many at once. */
  void approve(List<SendRequested> requests) {
    for (SendRequested request : requests) {
      var _ =
          producer.send(
              new ProducerRecord<>(
                  Topics.APPROVED,
                  request.messageId().toString().getBytes(UTF_8),
                  EventJson.write(request)));
    }
    producer.flush();
  }

  /** Sets a relay, as intake does. */
  void relay(RelayState relay) {
    put(config(Topics.RELAYS, relay.id().value(), EventJson.write(relay)));
  }

  /** Sets a tenant, as intake does. */
  void tenant(TenantState tenant) {
    put(config(Topics.TENANTS, tenant.id().value(), EventJson.write(tenant)));
  }

  private static ProducerRecord<byte[], byte[]> config(String topic, String id, byte[] value) {
    return new ProducerRecord<>(topic, id.getBytes(UTF_8), value);
  }

  RecordMetadata put(ProducerRecord<byte[], byte[]> record) {
    try {
      return producer.send(record).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All outcomes of a message up to now, in their order. */
  List<DeliveryOutcome> outcomes(MessageId id) {
    return of(Topics.OUTCOMES, id).stream().map(Queues::outcome).toList();
  }

  private static DeliveryOutcome outcome(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), DeliveryOutcome.class);
    } catch (UnreadableRecordException e) {
      throw new IllegalStateException(e);
    }
  }

  List<ConsumerRecord<byte[], byte[]>> deadLetters(MessageId id) {
    return of(Topics.DEAD_LETTER, id);
  }

  /** All records of a message on a topic up to now. */
  List<ConsumerRecord<byte[], byte[]>> of(String topic, MessageId id) {
    byte[] key = id.toString().getBytes(UTF_8);
    return all(topic).stream().filter(record -> Arrays.equals(record.key(), key)).toList();
  }

  /** All records of a topic up to now; what was read before is not read again. */
  synchronized List<ConsumerRecord<byte[], byte[]>> all(String topic) {
    Followed followed = topics.computeIfAbsent(topic, Queues::follow);
    var consumer = followed.consumer();
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer.poll(Duration.ofMillis(50)).forEach(followed.records()::add);
    }
    return List.copyOf(followed.records());
  }

  private static Followed follow(String topic) {
    Map<String, Object> config =
        Map.of("bootstrap.servers", Backends.kafka(), "isolation.level", "read_committed");
    var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return new Followed(consumer, new ArrayList<>());
  }

  private record Followed(
      KafkaConsumer<byte[], byte[]> consumer, List<ConsumerRecord<byte[], byte[]>> records) {}

  @Override
  public void close() {
    topics.values().forEach(followed -> followed.consumer().close());
    producer.close();
  }
}
