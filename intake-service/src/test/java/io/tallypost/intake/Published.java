package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.kit.testing.Backends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What is on the topics. */
final class Published {
  private Published() {}

  /** All records of one key, in their order, once there are so many. */
  static List<ConsumerRecord<byte[], byte[]>> on(String topic, String key, int count) {
    Map<String, Object> config = Map.of("bootstrap.servers", Backends.kafka());
    var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      await()
          .until(() -> {
            consumer
                .poll(Duration.ofMillis(100))
                .forEach(record -> {
                  if (new String(record.key(), UTF_8).equals(key)) {
                    found.add(record);
                  }
                });
            return found.size() >= count;
          });
    }
    return found;
  }
}
