package io.tallypost.intake;

import static io.tallypost.kit.testing.Waits.await;

import io.tallypost.kit.testing.Committed;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What is on the topics. */
final class Published {
  private Published() {}

  /** All records of one key, in their order, once there are so many. */
  static List<ConsumerRecord<byte[], byte[]>> on(String topic, String key, int count) {
    return await().until(() -> Committed.on(topic, key), found -> found.size() >= count);
  }
}
