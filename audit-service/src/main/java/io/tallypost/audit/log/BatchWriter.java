package io.tallypost.audit.log;

import io.tallypost.kit.loop.Away;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what a consumer polls: one transaction per poll, offsets committed behind it. While
 * PostgreSQL or Kafka fails, the consumer's partitions are paused, and the same records are tried
 * again for as long as it takes; any other failure is thrown. Nothing is ever skipped. Used by one
 * thread, as long as its consumer.
 */
final class BatchWriter implements ConsumerRebalanceListener {
  private static final Logger log = LoggerFactory.getLogger(BatchWriter.class);
  private static final Duration COMMIT = Duration.ofSeconds(5);
  private static final Predicate<Exception> AWAY = Away.DATABASE.or(Away.KAFKA);

  private final Consumer<byte[], byte[]> consumer;
  private final Projection projection;
  private final Duration retryAfter;

  /** The positions after the last polled records; committed once those are written. */
  private final Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();

  /** How far the assigned partitions are committed. */
  private final Map<TopicPartition, Long> committed = new HashMap<>();

  private long retryAt;
  private int failures;

  /**
   * Begins with nothing in hand.
   *
   * @param retryAfter the pause after a failure
   */
  BatchWriter(Consumer<byte[], byte[]> consumer, Projection projection, Duration retryAfter) {
    this.consumer = consumer;
    this.projection = projection;
    this.retryAfter = retryAfter;
  }

  /** After each poll, with what it brought, if anything. */
  void on(ConsumerRecords<byte[], byte[]> polled) {
    polled.forEach(projection::take);
    next.putAll(polled.nextOffsets());
    if (!projection.isIdle() && !flush()) {
      return;
    }
    goOn();
    if (polled.isEmpty()) {
      passMarkers();
    }
    commit();
  }

  /**
   * A transaction's marker takes an offset without a record, and so do the records of one that was
   * rolled back: without this, a partition that ends in them would always seem to have something to
   * read.
   */
  private void passMarkers() {
    for (TopicPartition partition : consumer.assignment()) {
      try {
        long position = consumer.position(partition, Duration.ZERO);
        if (!Long.valueOf(position).equals(committed.get(partition))) {
          next.put(partition, new OffsetAndMetadata(position));
        }
      } catch (TimeoutException e) {
        // Where it begins is still being asked for.
      }
    }
  }

  /** Whether all is written. */
  private boolean flush() {
    if (failures > 0 && System.nanoTime() - retryAt < 0) {
      return false;
    }
    try {
      projection.flush();
    } catch (RuntimeException e) {
      if (!AWAY.test(e)) {
        throw e;
      }
      consumer.pause(consumer.assignment());
      retryAt = System.nanoTime() + retryAfter.toNanos();
      if (failures++ == 0) {
        log.atWarn().setCause(e).log("records cannot be written, trying again until they are");
      }
      return false;
    }
    return true;
  }

  /** After failures: all is written, or somebody else writes it since a rebalance. */
  private void goOn() {
    if (failures > 0) {
      log.atInfo().addKeyValue("failures", failures).log("records can be written again");
      failures = 0;
      consumer.resume(consumer.paused());
    }
  }

  /** Only ever called when all that was polled is written. */
  private void commit() {
    if (next.isEmpty()) {
      return;
    }
    try {
      consumer.commitSync(Map.copyOf(next), COMMIT);
      next.forEach((partition, offset) -> committed.put(partition, offset.offset()));
      next.clear();
    } catch (CommitFailedException e) {
      // The group went on without us; the new owner of the partitions writes the same rows again.
      next.clear();
    } catch (RebalanceInProgressException | RetriableException e) {
      // The next poll brings the group forward, and then this is tried again.
      log.atDebug().setCause(e).log("offsets are committed later");
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
    if (!projection.isIdle()) {
      consumer.pause(assigned);
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
    if (projection.isIdle()) {
      commit();
    }
    onPartitionsLost(revoked);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> lost) {
    var gone = Set.copyOf(lost);
    projection.drop(
        record -> gone.contains(new TopicPartition(record.topic(), record.partition())));
    next.keySet().removeAll(gone);
    committed.keySet().removeAll(gone);
  }
}
