package io.tallypost.kit.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What is committed on the topics. */
public final class Committed {
  private Committed() {}

  /** All records of a message. */
  public static List<ConsumerRecord<byte[], byte[]>> on(String topic, String key) {
    return on(topic, key::equals);
  }

  /** All records under these keys. */
  public static List<ConsumerRecord<byte[], byte[]>> on(String topic, Predicate<String> key) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", Backends.kafka());
    config.put("isolation.level", "read_committed");
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (record.key() != null && key.test(new String(record.key(), UTF_8))) {
            found.add(record);
          }
        }
      }
    }
    return found;
  }
}
