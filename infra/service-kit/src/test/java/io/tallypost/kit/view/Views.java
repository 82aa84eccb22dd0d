package io.tallypost.kit.view;

import static io.tallypost.kit.testing.Waits.await;

import io.tallypost.config.Versioned;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Makes views for tests of services, without a broker. */
public final class Views {
  private Views() {}

  /** One that has read all of its empty topic, and has stopped. */
  public static <V extends Versioned> CompactedView<V> ofNothing(String topic, Class<V> type) {
    var view = new CompactedView<>(topic, type, () -> empty(topic));
    view.start();
    await().pollInterval(Duration.ofMillis(1)).until(view::isCaughtUp);
    view.stop();
    return view;
  }

  private static MockConsumer<byte[], byte[]> empty(String topic) {
    var consumer = new MockConsumer<byte[], byte[]>("earliest");
    var partition = new TopicPartition(topic, 0);
    var node = new Node(0, "localhost", 9);
    var replicas = new Node[] {node};
    consumer.updatePartitions(
        topic, List.of(new PartitionInfo(topic, 0, node, replicas, replicas)));
    consumer.updateBeginningOffsets(Map.of(partition, 0L));
    consumer.updateEndOffsets(Map.of(partition, 0L));
    return consumer;
  }
}
