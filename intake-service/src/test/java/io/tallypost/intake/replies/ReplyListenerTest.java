package io.tallypost.intake.replies;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.QuotaDecided;
import io.tallypost.events.Topics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** When an intake says that it may be asked. */
class ReplyListenerTest {
  @Test
  void isNotPositionedBeforeItCanAsk() {
    var broker = new AtomicBoolean();
    var asked = new AtomicInteger();
    var listener =
        new ReplyListener<>(
            Topics.DECISIONS,
            QuotaDecided.class,
            ReplyListenerTest::consumer,
            InstanceId.next(),
            new ReplyListener.ReplyHandler<QuotaDecided>() {
              @Override
              public void on(QuotaDecided reply) {}

              @Override
              public void prepare() {
                asked.incrementAndGet();
                if (!broker.get()) {
                  throw new TimeoutException("no metadata");
                }
              }
            });
    listener.start();
    try {
      await().until(() -> asked.get() >= 2);
      assertThat(listener.isPositioned()).isFalse();
      assertThat(listener.loop().isAlive()).isTrue();

      broker.set(true);

      await().until(listener::isPositioned);
    } finally {
      listener.stop();
    }
  }

  private static Consumer<byte[], byte[]> consumer() {
    var consumer = new MockConsumer<byte[], byte[]>("latest");
    var partition = new TopicPartition(Topics.DECISIONS, 0);
    Node[] none = {};
    consumer.updatePartitions(
        partition.topic(),
        List.of(new PartitionInfo(partition.topic(), 0, Node.noNode(), none, none)));
    consumer.updateEndOffsets(Map.of(partition, 0L));
    return consumer;
  }
}
