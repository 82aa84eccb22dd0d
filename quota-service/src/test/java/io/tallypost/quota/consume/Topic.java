package io.tallypost.quota.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.MessageId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What arrives on a topic from now on, as a reader of committed records sees it. */
final class Topic implements AutoCloseable {
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<ConsumerRecord<byte[], byte[]>> seen = new ArrayList<>();

  private Topic(String name) {
    consumer =
        new KafkaConsumer<>(
            QuotaRig.kafka().buildConsumerProperties(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    var partitions =
        consumer.partitionsFor(name).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
  }

  static Topic fromNowOn(String name) {
    return new Topic(name);
  }

  /** Reads until so many fit, and then on for what should not be there. */
  List<ConsumerRecord<byte[], byte[]>> atLeast(
      int count, Predicate<ConsumerRecord<byte[], byte[]>> which) {
    await().atMost(Duration.ofSeconds(60)).until(() -> read(which).size() >= count);
    return read(which);
  }

  List<ConsumerRecord<byte[], byte[]>> atLeast(int count, MessageId message) {
    return atLeast(count, about(message));
  }

  List<QuotaDecided> verdicts(int count, MessageId message) {
    return atLeast(count, message).stream().map(Topic::verdict).toList();
  }

  List<ConsumerRecord<byte[], byte[]>> read(Predicate<ConsumerRecord<byte[], byte[]>> which) {
    consumer.poll(Duration.ofMillis(50)).forEach(seen::add);
    return seen.stream().filter(which).toList();
  }

  /** What came just now, without keeping it. */
  Iterable<ConsumerRecord<byte[], byte[]>> pollOnce() {
    return consumer.poll(Duration.ofMillis(100));
  }

  static Predicate<ConsumerRecord<byte[], byte[]>> about(MessageId message) {
    return record -> Arrays.equals(record.key(), message.toString().getBytes(UTF_8));
  }

  static QuotaDecided verdict(ConsumerRecord<byte[], byte[]> record) {
    try {
      return EventJson.read(record.value(), QuotaDecided.class);
    } catch (UnreadableRecordException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
