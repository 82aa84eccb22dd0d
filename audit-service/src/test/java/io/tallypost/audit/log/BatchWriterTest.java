package io.tallypost.audit.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

class BatchWriterTest {
  private static final TopicPartition ONE = new TopicPartition(Topics.OPERATIONS, 0);
  private static final TopicPartition OTHER = new TopicPartition(Topics.OPERATIONS, 1);

  private final FlakyStore store = new FlakyStore();
  private final FlakyConsumer consumer = new FlakyConsumer();
  private final Projection projection = store.projection();
  private final BatchWriter writer = new BatchWriter(consumer, projection, Duration.ZERO);

  /**
   * Kafka's own double; its commits fail when told to, and what it no longer has is not paused, as
   * with Kafka's real one.
   */
  private static final class FlakyConsumer extends MockConsumer<byte[], byte[]> {
    private final Map<TopicPartition, Long> commits = new HashMap<>();
    private @Nullable RuntimeException failure;

    FlakyConsumer() {
      super("earliest");
    }

    void failCommitsWith(@Nullable RuntimeException each) {
      failure = each;
    }

    @Override
    public synchronized void commitSync(
        Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
      if (failure != null) {
        throw failure;
      }
      super.commitSync(offsets, timeout);
      offsets.forEach((partition, offset) -> commits.put(partition, offset.offset()));
    }

    @Override
    public synchronized Set<TopicPartition> paused() {
      Set<TopicPartition> paused = new HashSet<>(super.paused());
      paused.retainAll(assignment());
      return paused;
    }

    /** Also of partitions that it has no more. */
    long committed(TopicPartition partition) {
      return commits.getOrDefault(partition, 0L);
    }
  }

  @BeforeEach
  void join() {
    consumer.subscribe(AuditMetrics.TOPICS, writer);
    consumer.rebalance(List.of(ONE, OTHER));
    consumer.updateBeginningOffsets(Map.of(ONE, 0L, OTHER, 0L));
  }

  private void poll() {
    writer.on(consumer.poll(Duration.ZERO));
  }

  private long committed(TopicPartition partition) {
    return consumer.committed(partition);
  }

  @Test
  void writesABatchInOneTransactionAndCommitsBehindIt() {
    consumer.addRecord(FlakyStore.record(0, 0));
    consumer.addRecord(FlakyStore.record(0, 1));
    consumer.addRecord(FlakyStore.record(1, 0));

    poll();

    assertThat(store.written()).isEqualTo(1);
    assertThat(committed(ONE)).isEqualTo(2);
    assertThat(committed(OTHER)).isEqualTo(1);
  }

  static Stream<RuntimeException> away() {
    return Stream.of(
        new DataAccessResourceFailureException("database away"),
        new CannotCreateTransactionException("database away"),
        new KafkaException("broker away"));
  }

  @ParameterizedTest
  @MethodSource("away")
  void waitsForWhatIsAwayInTheGroupAndThenWritesTheSame(RuntimeException failure) {
    store.failWith(failure);
    consumer.addRecord(FlakyStore.record(0, 0));
    poll();
    poll();

    assertThat(consumer.paused()).containsExactlyInAnyOrder(ONE, OTHER);
    assertThat(committed(ONE)).isZero();

    store.failWith(null);
    poll();

    assertThat(store.written()).isEqualTo(1);
    assertThat(committed(ONE)).isEqualTo(1);
    assertThat(consumer.paused()).isEmpty();
  }

  @Test
  void doesNotAskSoonerThanToldTo() {
    var patient = new BatchWriter(consumer, projection, Duration.ofHours(1));
    store.failWith(new DataAccessResourceFailureException("database away"));
    consumer.addRecord(FlakyStore.record(0, 0));
    patient.on(consumer.poll(Duration.ZERO));
    store.failWith(null);

    patient.on(consumer.poll(Duration.ZERO));

    assertThat(store.written()).isZero();
  }

  @Test
  void neverSkipsWhatItCannotWriteForAnyOtherReason() {
    store.failWith(new IllegalStateException("a fault of ours"));
    consumer.addRecord(FlakyStore.record(0, 0));

    assertThatThrownBy(this::poll).isInstanceOf(IllegalStateException.class);

    assertThat(committed(ONE)).isZero();
  }

  /** Else redrive would answer log_behind for as long as nothing else is written. */
  @Test
  void leavesNoLagWhereTransactionsEnd() {
    consumer.addRecord(FlakyStore.record(0, 0));
    poll();
    // The commit marker of one, and then another that was rolled back: the position moves alone.
    consumer.seek(ONE, 2);
    consumer.seek(OTHER, 7);

    poll();

    assertThat(committed(ONE)).isEqualTo(2);
    assertThat(committed(OTHER)).isEqualTo(7);
    assertThat(store.written()).isEqualTo(1);
  }

  @Test
  void triesTheSameCommitAgainAfterOneThatTimedOut() {
    consumer.addRecord(FlakyStore.record(0, 0));
    consumer.failCommitsWith(new TimeoutException("broker away"));
    poll();
    assertThat(committed(ONE)).isZero();
    consumer.failCommitsWith(null);

    poll();

    assertThat(committed(ONE)).isEqualTo(1);
    assertThat(store.written()).isEqualTo(1);
  }

  @Test
  void commitsWhatIsWrittenBeforeItGivesAPartitionAway() {
    consumer.addRecord(FlakyStore.record(0, 0));
    consumer.failCommitsWith(new TimeoutException("broker away"));
    poll();
    consumer.failCommitsWith(null);

    consumer.rebalance(List.of(OTHER));

    assertThat(committed(ONE)).isEqualTo(1);
  }

  /** Its new owner reads them again; the partitions that are left must not stand still. */
  @Test
  void goesOnWithTheRestWhenWhatItCouldNotWriteBelongsToAnother() {
    store.failWith(new DataAccessResourceFailureException("database away"));
    consumer.addRecord(FlakyStore.record(0, 0));
    poll();
    consumer.rebalance(List.of(OTHER));
    store.failWith(null);

    poll();
    consumer.addRecord(FlakyStore.record(1, 0));
    poll();

    assertThat(committed(ONE)).isZero();
    assertThat(committed(OTHER)).isEqualTo(1);
  }
}
