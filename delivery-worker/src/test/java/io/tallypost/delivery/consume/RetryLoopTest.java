package io.tallypost.delivery.consume;

import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.delivery.Rungs;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When mail leaves a retry topic, what its transaction says, and what becomes of the rest. */
class RetryLoopTest {
  private static final String TOPIC = "mail.retry.30s.v1";
  private static final TopicPartition ONE = new TopicPartition(TOPIC, 0);
  private static final TopicPartition OTHER = new TopicPartition(TOPIC, 1);
  private static final int LARGEST = 10_000;

  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest");
  private final Limited producer = new Limited();
  private final KeptInMemory kept = new KeptInMemory();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicInteger joined = new AtomicInteger();
  private Instant now = NOON;
  private final RetryLoop loop =
      new RetryLoop(
          consumer,
          producer,
          kept,
          new Rungs(List.of(Duration.ofSeconds(30), Duration.ofMinutes(5))),
          new DeliveryMetrics(registry, new LabelValues(10)),
          new RecordTracing(Tracer.NOOP, Propagator.NOOP),
          () -> now,
          joined::incrementAndGet);

  /** Refuses what is too large for the approved topics, as a broker does. */
  private static final class Limited extends MockProducer<byte[], byte[]> {
    Limited() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void commitTransaction() {
      if (uncommittedRecords().stream()
          .anyMatch(record ->
              record.topic().equals(Topics.APPROVED) && record.value().length > LARGEST)) {
        throw new KafkaException("not committed", new RecordTooLargeException());
      }
      super.commitTransaction();
    }
  }

  @BeforeEach
  void topic() {
    var node = new Node(0, "localhost", 9);
    var replicas = new Node[] {node};
    consumer.updatePartitions(
        TOPIC,
        List.of(
            new PartitionInfo(TOPIC, 0, node, replicas, replicas),
            new PartitionInfo(TOPIC, 1, node, replicas, replicas)));
    consumer.updateBeginningOffsets(Map.of(ONE, 0L, OTHER, 0L));
  }

  /** Runs the loop; each of these happens before one of its turns. */
  private void turns(Runnable... each) {
    var script = new ArrayDeque<>(List.of(each));
    loop.run(() -> {
      var next = script.poll();
      if (next != null) {
        next.run();
      }
      return next == null;
    });
  }

  private void assign() {
    consumer.rebalance(List.of(ONE, OTHER));
  }

  private void nothing() {
    // The loop's turn is what counts.
  }

  private void later(Duration time) {
    now = now.plus(time);
  }

  private void put(TopicPartition partition, long offset, Instant due) {
    put(partition, offset, due, mail("text"));
  }

  private void put(TopicPartition partition, long offset, Instant due, byte[] value) {
    var headers = RecordHeaders.empty().set(RecordHeaders.DUE_AT, due);
    consumer.addRecord(
        new ConsumerRecord<>(
            TOPIC,
            partition.partition(),
            offset,
            ConsumerRecord.NO_TIMESTAMP,
            TimestampType.NO_TIMESTAMP_TYPE,
            ConsumerRecord.NULL_SIZE,
            value.length,
            ("key" + offset).getBytes(UTF_8),
            value,
            headers.toKafka(),
            Optional.empty()));
  }

  private static byte[] mail(String header) {
    var request = Examples.nextSendRequested(MAIL, 1000);
    byte[] bytes = EventJson.write(request);
    // What is behind the event's own fields is for later versions.
    return new String(bytes, UTF_8)
        .replaceFirst("\\}$", ",\"later\":\"" + header + "\"}")
        .getBytes(UTF_8);
  }

  private List<String> moved() {
    return producer.history().stream()
        .map(record -> record.topic() + " " + new String(record.key(), UTF_8))
        .toList();
  }

  /** The offset that the last transaction committed. */
  private long committed(TopicPartition partition) {
    return producer.consumerGroupOffsetsHistory().stream()
        .flatMap(group -> group.values().stream())
        .flatMap(offsets -> offsets.entrySet().stream())
        .filter(offset -> offset.getKey().equals(partition))
        .map(offset -> offset.getValue().offset())
        .reduce(-1L, (_, last) -> last);
  }

  @Test
  void returnsDueMailAndMovesItsOffsetInOneTransaction() {
    turns(() -> {
      assign();
      put(ONE, 0, NOON);
      put(ONE, 1, NOON);
      put(OTHER, 0, NOON);
    });

    assertThat(moved())
        .containsExactlyInAnyOrder(
            Topics.APPROVED + " key0", Topics.APPROVED + " key1", Topics.APPROVED + " key0");
    assertThat(producer.commitCount()).isEqualTo(1);
    assertThat(committed(ONE)).isEqualTo(2);
    assertThat(committed(OTHER)).isEqualTo(1);
    assertThat(joined).hasPositiveValue();
  }

  @Test
  void movesNoMailEarlyAndNoneTwice() {
    turns(
        () -> {
          assign();
          put(ONE, 0, NOON.plusSeconds(20));
        },
        () -> {
          assertThat(moved()).isEmpty();
          assertThat(consumer.paused()).containsExactly(ONE);
          later(Duration.ofSeconds(20));
        },
        () -> {
          assertThat(moved()).containsExactly(Topics.APPROVED + " key0");
          assertThat(consumer.paused()).isEmpty();
          later(Duration.ofMinutes(1));
        },
        this::nothing);

    assertThat(moved()).hasSize(1);
    assertThat(committed(ONE)).isEqualTo(1);
  }

  /** An offset that moved beyond the first would lose it. */
  @Test
  void letsDueMailWaitBehindMailThatIsNot() {
    turns(
        () -> {
          assign();
          put(ONE, 0, NOON.plusSeconds(20));
          put(ONE, 1, NOON);
          put(OTHER, 0, NOON);
        },
        () -> {
          assertThat(moved()).as("of the other partition").hasSize(1);
          assertThat(committed(ONE)).isEqualTo(-1);
          later(Duration.ofSeconds(20));
        },
        this::nothing);

    assertThat(moved()).hasSize(3);
    assertThat(committed(ONE)).isEqualTo(2);
  }

  @Test
  void leavesWhatWaitsToThePartitionsNextOwner() {
    turns(
        () -> {
          assign();
          put(ONE, 0, NOON.plusSeconds(20));
        },
        () -> {
          consumer.rebalance(List.of(OTHER));
          later(Duration.ofSeconds(20));
        },
        this::nothing);

    assertThat(moved()).isEmpty();
    assertThat(committed(ONE)).isEqualTo(-1);
    assertThat(kept.saidNow).as("before it is given away, and at the end").isEqualTo(2);
  }

  @Test
  void endsAMailThatIsTooLargeAndMovesTheOthers() {
    turns(() -> {
      assign();
      put(ONE, 0, NOON);
      put(ONE, 1, NOON, mail("x".repeat(2 * LARGEST)));
      put(ONE, 2, NOON);
    });

    assertThat(producer.history())
        .extracting(ProducerRecord::topic)
        .containsExactly(Topics.APPROVED, Topics.DEAD_LETTER, Topics.OUTCOMES, Topics.APPROVED);
    assertThat(committed(ONE)).isEqualTo(3);
  }

  @Test
  void makesADeadLetterOfWhatItCannotRead() {
    turns(() -> {
      assign();
      put(ONE, 0, NOON, "no mail".getBytes(UTF_8));
    });

    assertThat(moved()).containsExactly(Topics.DEAD_LETTER + " key0");
    assertThat(committed(ONE)).isEqualTo(1);
  }

  /** Its successor aborts the transaction, and reads the same mail again. */
  @Test
  void endsWithATransactionThatFails() {
    producer.commitTransactionException = new KafkaException("broker away");

    assertThatThrownBy(() ->
            turns(() -> {
              assign();
              put(ONE, 0, NOON);
            }))
        .isSameAs(producer.commitTransactionException);

    assertThat(moved()).isEmpty();
    assertThat(committed(ONE)).isEqualTo(-1);
  }

  /** Else mail would seem to wait there for ever. */
  @Test
  void commitsBeyondTheMarkersOfTransactions() {
    turns(
        () -> {
          assign();
          put(ONE, 0, NOON);
        },
        () -> {
          consumer.seek(ONE, 2);
          later(Duration.ofSeconds(2));
        });

    assertThat(committed(ONE)).isEqualTo(2);
    assertThat(moved()).hasSize(1);
  }

  @Test
  void commitsNothingBeyondMailThatWaits() {
    turns(
        () -> {
          assign();
          put(ONE, 0, NOON);
          put(ONE, 1, NOON.plusSeconds(20));
        },
        () -> later(Duration.ofSeconds(2)),
        this::nothing);

    assertThat(committed(ONE)).isEqualTo(1);
  }
}
