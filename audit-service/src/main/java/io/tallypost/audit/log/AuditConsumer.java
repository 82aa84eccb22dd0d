package io.tallypost.audit.log;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.store.ConnectionPools;
import io.tallypost.audit.store.ConnectionPools.Duty;
import io.tallypost.kit.kafka.ConsumerRole;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
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
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.stereotype.Component;

/**
 * Reads the topics: one transaction per poll, offsets committed behind it. While PostgreSQL or
 * Kafka fails it stays in the group, reads nothing more and tries the same records again, for as
 * long as it takes. Any other failure ends the loop, and the service's liveness with it: nothing is
 * ever skipped.
 */
@Component
class AuditConsumer implements Looping {
  private static final Logger log = LoggerFactory.getLogger(AuditConsumer.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration COMMIT = Duration.ofSeconds(5);
  private static final Predicate<Exception> AWAY = Away.DATABASE.or(Away.KAFKA);

  private final ConsumerFactory<byte[], byte[]> consumers;
  private final Projection projection;
  private final AuditSettings settings;
  private final Loop loop;

  /** The positions after the last polled records; committed once those are written. */
  private final Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();

  /** How far the assigned partitions are committed. */
  private final Map<TopicPartition, Long> committed = new HashMap<>();

  private long retryAt;
  private int failures;

  AuditConsumer(
      ConsumerFactory<byte[], byte[]> consumers, Projection projection, AuditSettings settings) {
    this.consumers = consumers;
    this.projection = projection;
    this.settings = settings;
    this.loop = new Loop("audit-consumer", LoopPolicy.waitingFor(Away.KAFKA), this::readAll);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public boolean joins() {
    return true;
  }

  private void readAll(Loop loop) {
    next.clear();
    committed.clear();
    try (var _ = ConnectionPools.use(Duty.LOG);
        Consumer<byte[], byte[]> consumer = consumer()) {
      consumer.subscribe(AuditMetrics.TOPICS, new Partitions(consumer));
      while (!loop.isStopping()) {
        step(consumer);
        loop.well();
      }
    } catch (RuntimeException | Error e) {
      projection.giveUp(e);
      throw e;
    } finally {
      projection.drop(record -> true);
    }
  }

  private void step(Consumer<byte[], byte[]> consumer) {
    ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
    if (!loop.hasJoined() && consumer.groupMetadata().generationId() >= 0) {
      loop.joined();
      log.atInfo().addKeyValue("group", settings.group()).log("joined the group");
    }
    polled.forEach(projection::take);
    next.putAll(polled.nextOffsets());
    if (!projection.isIdle() && !flush(consumer)) {
      return;
    }
    if (polled.isEmpty()) {
      passMarkers(consumer);
    }
    commit(consumer);
  }

  /**
   * A transaction's marker takes an offset without a record: without this, a partition that ends in
   * one would always seem to have something to read.
   */
  private void passMarkers(Consumer<byte[], byte[]> consumer) {
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
  private boolean flush(Consumer<byte[], byte[]> consumer) {
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
      retryAt = System.nanoTime() + settings.retryAfter().toNanos();
      if (failures++ == 0) {
        log.atWarn().setCause(e).log("records cannot be written, trying again until they are");
      }
      return false;
    }
    if (failures > 0) {
      log.atInfo().addKeyValue("failures", failures).log("records can be written again");
      failures = 0;
      consumer.resume(consumer.paused());
    }
    return true;
  }

  /** Only ever called when all that was polled is written. */
  private void commit(Consumer<byte[], byte[]> consumer) {
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

  private Consumer<byte[], byte[]> consumer() {
    var role = ConsumerRole.log(settings.group(), settings.batch(), settings.linger());
    return consumers.createConsumer(settings.group(), "audit", null, role.properties());
  }

  /** Keeps the records in hand to the assigned partitions. */
  private final class Partitions implements ConsumerRebalanceListener {
    private final Consumer<byte[], byte[]> consumer;

    Partitions(Consumer<byte[], byte[]> consumer) {
      this.consumer = consumer;
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
        commit(consumer);
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
}
