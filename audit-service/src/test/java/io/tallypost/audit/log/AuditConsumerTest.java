package io.tallypost.audit.log;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.AuditSettings;
import io.tallypost.events.Topics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;

class AuditConsumerTest {
  private static final TopicPartition ONE = new TopicPartition(Topics.OPERATIONS, 0);
  private static final AuditSettings SETTINGS =
      new Binder(new MapConfigurationPropertySource())
          .bindOrCreate("tallypost.audit", AuditSettings.class);

  private final FlakyStore store = new FlakyStore();
  private final AtomicInteger opened = new AtomicInteger();
  private final AuditConsumer audit =
      new AuditConsumer(new Consumers(), store.projection(), SETTINGS);

  /** The first consumer finds no broker; the next ones have a record. */
  private final class Consumers extends DefaultKafkaConsumerFactory<byte[], byte[]> {
    Consumers() {
      super(Map.of());
    }

    @Override
    protected Consumer<byte[], byte[]> createRawConsumer(Map<String, Object> config) {
      if (opened.getAndIncrement() == 0) {
        throw new KafkaException("broker away");
      }
      assertThat(config)
          .containsEntry("group.id", SETTINGS.group())
          .containsEntry("session.timeout.ms", "8000");
      var consumer = new MockConsumer<byte[], byte[]>("earliest");
      consumer.schedulePollTask(() -> {
        consumer.rebalance(List.of(ONE));
        consumer.updateBeginningOffsets(Map.of(ONE, 0L));
        consumer.addRecord(FlakyStore.record(0, 0));
      });
      return consumer;
    }
  }

  @AfterEach
  void stop() {
    audit.stop();
  }

  @Test
  void comesBackWhenTheBrokersDo() {
    audit.start();

    await().until(() -> store.written() == 1);
    assertThat(opened).hasValue(2);
    assertThat(audit.loop().isAlive()).isTrue();
    assertThat(audit.loop().hasJoined()).isTrue();
  }

  @Test
  void endsLivenessWithAFaultOfOurs() {
    store.failWith(new IllegalStateException("a fault of ours"));

    audit.start();

    await().until(() -> !audit.loop().isAlive());
    assertThat(opened).hasValue(2);
  }
}
