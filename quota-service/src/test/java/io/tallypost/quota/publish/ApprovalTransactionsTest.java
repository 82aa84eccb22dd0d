package io.tallypost.quota.publish;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.quota.consume.QuotaRig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class ApprovalTransactionsTest {
  private final AtomicInteger opened = new AtomicInteger();

  /** One whose commits fail, as without the right to write. */
  private Producer<byte[], byte[]> producer() {
    opened.incrementAndGet();
    var serializer = new ByteArraySerializer();
    var producer = new MockProducer<>(true, null, serializer, serializer);
    producer.commitTransactionException = new KafkaException("not allowed");
    return producer;
  }

  /** Else all verdicts are published again several times a second. */
  @Test
  void waitsLongerAfterEachCommitThatFails() {
    var settings = QuotaRig.SETTINGS;
    var transactions = new ApprovalTransactions(this::producer, settings);
    transactions.member(new MockConsumer<byte[], byte[]>("earliest").groupMetadata());
    long began = System.nanoTime();
    transactions.start();

    await()
        .until(() -> {
          if (transactions.canResume()) {
            transactions.resume();
            transactions.add(
                new Work(
                    UUID.randomUUID(),
                    List.of(),
                    List.of(),
                    Map.of(new TopicPartition("mail.requests.v1", 0), new OffsetAndMetadata(1))));
          }
          return opened.get() > 4;
        });
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    transactions.stop();

    // The first pause, twice and four times that, and the longest.
    assertThat(took)
        .isGreaterThanOrEqualTo(
            settings.retry().multipliedBy(7).plus(settings.retry().multipliedBy(8)));
  }
}
