package io.tallypost.quota.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Span;
import io.tallypost.events.Topics;
import io.tallypost.kit.tracing.TracedRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class DecisionPublisherTest {
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final DecisionPublisher publisher = new DecisionPublisher(producer);
  private final DecidedBatch batch =
      new DecidedBatch(
          UUID.randomUUID(),
          records(Topics.DECISIONS, "first", "second"),
          records(Topics.APPROVED, "first"),
          Map.of(new TopicPartition(Topics.REQUESTS, 3), new OffsetAndMetadata(12)));

  private static List<TracedRecord> records(String topic, String... keys) {
    return Stream.of(keys)
        .map(key -> new ProducerRecord<>(topic, key.getBytes(UTF_8), new byte[0]))
        .map(record -> new TracedRecord(record, Span.NOOP))
        .toList();
  }

  @Test
  void sendsTheVerdictsAloneAndInOrder() {
    Work work = publisher.publish(batch);

    assertThat(producer.history())
        .extracting(sent -> sent.topic() + " " + new String(sent.key(), UTF_8))
        .containsExactly(Topics.DECISIONS + " first", Topics.DECISIONS + " second");
    assertThat(work.records()).isEqualTo(batch.approvals());
    assertThat(work.next()).isEqualTo(batch.next());
    assertThat(work.topicId()).isEqualTo(batch.topicId());
  }

  @Test
  void leavesAFutureForEachVerdictThatTellsWhetherItArrived() {
    Work work = publisher.publish(batch);
    producer.completeNext();
    producer.errorNext(new KafkaException("not written"));

    assertThat(work.verdicts().getFirst()).isDone().succeedsWithin(Duration.ZERO);
    assertThat(work.verdicts().getLast()).isDone().failsWithin(Duration.ZERO);
  }

  /** Its requests are read again, as those of verdicts that did not arrive. */
  @Test
  void aVerdictThatCannotEvenBeSentHasNotArrived() {
    producer.sendException = new KafkaException("no room in the buffer");

    Work work = publisher.publish(batch);

    assertThat(work.verdicts())
        .hasSize(2)
        .allSatisfy(verdict -> assertThat(verdict).failsWithin(Duration.ZERO));
  }
}
