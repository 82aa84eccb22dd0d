package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What stands on the stack's topics. */
final class Records {
  private Records() {}

  /** The records of mail topics since a time, of messages with these ids. */
  static List<ConsumerRecord<byte[], byte[]>> of(
      TallypostStack stack, Instant since, Predicate<String> messageId) {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", stack.bootstrapServers());
    config.put("isolation.level", "read_committed");
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.listTopics().entrySet().stream()
              .filter(topic -> topic.getKey().startsWith("mail."))
              .flatMap(topic -> topic.getValue().stream())
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      Map<TopicPartition, Long> times = new HashMap<>();
      partitions.forEach(partition -> times.put(partition, since.toEpochMilli()));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<TopicPartition, Long> open = new HashMap<>();
      consumer
          .offsetsForTimes(times)
          .forEach((partition, offset) -> {
            if (offset != null) {
              open.put(partition, offset.offset());
            }
          });
      consumer.assign(open.keySet());
      open.forEach(consumer::seek);
      while (open.keySet().stream()
          .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          if (record.key() != null && messageId.test(new String(record.key(), UTF_8))) {
            found.add(record);
          }
        }
      }
    }
    return found;
  }
}
