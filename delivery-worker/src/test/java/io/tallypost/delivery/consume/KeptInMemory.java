package io.tallypost.delivery.consume;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What would be kept, without a broker: nothing is found again, the group's commits stand. */
final class KeptInMemory extends KeptOffsets {
  final Map<TopicPartition, OffsetAndMetadata> ahead = new HashMap<>();
  int saidNow;

  @SuppressWarnings("NullAway")
  KeptInMemory() {
    super(null, "group");
  }

  @Override
  Map<TopicPartition, OffsetAndMetadata> committed(
      Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>(consumer.committed(partitions));
    found.values().removeIf(offset -> offset == null);
    return found;
  }

  @Override
  void keepAhead(Map<TopicPartition, OffsetAndMetadata> offsets) {
    ahead.putAll(offsets);
  }

  @Override
  void saySoon() {}

  @Override
  void sayNow() {
    saidNow++;
  }

  @Override
  public void close() {}
}
