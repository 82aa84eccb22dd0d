package io.tallypost.delivery.progress;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What would be kept, without a broker: nothing is found again, the group's commits stand. */
public final class KeptInMemory extends KeptOffsets {
  public final Map<TopicPartition, OffsetAndMetadata> ahead = new HashMap<>();
  public int saidNow;

  @SuppressWarnings("NullAway")
  public KeptInMemory() {
    super(null, "group");
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> committed(
      Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> found = new HashMap<>(consumer.committed(partitions));
    found.values().removeIf(offset -> offset == null);
    return found;
  }

  @Override
  public void keepAhead(Map<TopicPartition, OffsetAndMetadata> offsets) {
    ahead.putAll(offsets);
  }

  @Override
  public void saySoon() {}

  @Override
  public void sayNow() {
    saidNow++;
  }

  @Override
  public void close() {}
}
