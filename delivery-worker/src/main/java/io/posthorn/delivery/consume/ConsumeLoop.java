package io.posthorn.delivery.consume;

import io.posthorn.delivery.DeliveryMetrics;
import io.posthorn.delivery.DeliverySettings;
import io.posthorn.delivery.consume.InFlightWindow.Finished;
import io.posthorn.delivery.consume.InFlightWindow.Place;
import io.posthorn.events.Topics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one consumer of approved mail: takes records while there is room for them, and
 * commits what is finished. All of it happens on one thread; the work itself on others.
 */
final class ConsumeLoop implements ConsumerRebalanceListener {
  private static final Logger log = LoggerFactory.getLogger(ConsumeLoop.class);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration WAIT_FOR_ROOM = Duration.ofMillis(20);
  private static final Duration KAFKA_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration PROGRESS_REPORT = Duration.ofSeconds(5);

  /** How long an abandoned send may take to write down that it is in doubt. */
  private static final Duration HAND_OVER = Duration.ofSeconds(5);

  private final Consumer<byte[], byte[]> consumer;
  private final InFlightWindow window;
  private final DeliverySettings settings;
  private final DeliveryMetrics metrics;
  private final Runnable onJoined;
  private final Map<TopicPartition, PartitionProgress> progress = new HashMap<>();
  private final Map<TopicPartition, PartitionProgress.Commit> committed = new HashMap<>();
  private final Set<TopicPartition> crowded = new HashSet<>();

  /** Polled and not begun. */
  private final Deque<ConsumerRecord<byte[], byte[]>> backlog = new ArrayDeque<>();

  private boolean drained;
  private long lastCommitNanos = System.nanoTime();

  ConsumeLoop(
      Consumer<byte[], byte[]> consumer,
      InFlightWindow window,
      DeliverySettings settings,
      DeliveryMetrics metrics,
      Runnable onJoined) {
    this.consumer = consumer;
    this.window = window;
    this.settings = settings;
    this.metrics = metrics;
    this.onJoined = onJoined;
  }

  /**
   * Works until it is told to stop, then finishes what is in flight.
   *
   * @throws KafkaException if the consumer is of no use any more
   */
  void run(BooleanSupplier stopping) {
    consumer.subscribe(List.of(Topics.APPROVED, Topics.APPROVED_BULK), this);
    while (!stopping.getAsBoolean()) {
      turn();
    }
    drain();
  }

  private void turn() {
    boolean full = hasRunnableBacklog() || !window.hasRoom();
    fetchOnly(full ? Set.of() : uncrowded());
    take(consumer.poll(full ? Duration.ZERO : POLL));
    begin();
    settle(hasRunnableBacklog() || !window.hasRoom() ? WAIT_FOR_ROOM : Duration.ZERO);
    begin();
    commitWhenDue();
  }

  private Set<TopicPartition> uncrowded() {
    var partitions = new HashSet<>(consumer.assignment());
    partitions.removeAll(crowded);
    return partitions;
  }

  private void fetchOnly(Set<TopicPartition> wanted) {
    Set<TopicPartition> paused = consumer.paused();
    consumer.resume(wanted.stream().filter(paused::contains).toList());
    consumer.pause(
        consumer.assignment().stream()
            .filter(partition -> !wanted.contains(partition) && !paused.contains(partition))
            .toList());
  }

  private void take(Iterable<ConsumerRecord<byte[], byte[]>> records) {
    for (var record : records) {
      var place = Place.of(record);
      PartitionProgress partition = progress.get(place.partition());
      // What is still in flight from before Kafka was lost settles itself.
      if (partition != null && partition.polled(place.offset()) && !window.contains(place)) {
        backlog.add(record);
      }
    }
  }

  private boolean hasRunnableBacklog() {
    return backlog.stream().anyMatch(record -> !crowded.contains(Place.of(record).partition()));
  }

  private void begin() {
    var records = backlog.iterator();
    while (window.hasRoom() && records.hasNext()) {
      var record = records.next();
      if (!crowded.contains(Place.of(record).partition())) {
        records.remove();
        window.start(record);
      }
    }
  }

  private void settle(Duration patience) {
    for (Finished one : window.takeFinished(patience)) {
      PartitionProgress partition = progress.get(one.place().partition());
      if (partition != null && one.done()) {
        partition.finished(one.place().offset());
      } else if (partition != null && partition.isOpen(one.place().offset())) {
        backlog.addFirst(one.record());
      }
    }
  }

  private void commitWhenDue() {
    if (System.nanoTime() - lastCommitNanos < settings.commitInterval().toNanos()) {
      return;
    }
    lastCommitNanos = System.nanoTime();
    Map<TopicPartition, OffsetAndMetadata> offsets = uncommitted(progress.keySet());
    if (!offsets.isEmpty()) {
      consumer.commitAsync(
          offsets,
          (tried, failure) -> {
            if (failure != null) {
              // Common while partitions change hands; what lasts shows in the consumer's lag.
              log.atDebug().setCause(failure).log("progress not committed, trying again");
              committed.keySet().removeAll(tried.keySet());
            }
          });
    }
  }

  /** What has changed since the last commit. */
  private Map<TopicPartition, OffsetAndMetadata> uncommitted(
      Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      PartitionProgress known = progress.get(partition);
      if (known == null) {
        continue;
      }
      PartitionProgress.Commit commit = known.commit(position(partition));
      if (commit.isCrowded()) {
        crowded.add(partition);
      } else {
        crowded.remove(partition);
      }
      if (!commit.equals(committed.put(partition, commit))) {
        offsets.put(partition, new OffsetAndMetadata(commit.offset(), commit.metadata()));
      }
    }
    return offsets;
  }

  private long position(TopicPartition partition) {
    try {
      return consumer.position(partition, Duration.ZERO);
    } catch (KafkaException e) {
      // Not known yet: the next commit says it.
      return 0;
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    var predecessors = consumer.committed(Set.copyOf(partitions), KAFKA_TIMEOUT);
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata last = predecessors.get(partition);
      progress.put(
          partition,
          last == null
              ? new PartitionProgress(0, "")
              : new PartitionProgress(last.offset(), last.metadata()));
      if (last != null) {
        // Position and progress begin at the same commit.
        consumer.seek(partition, last);
      }
    }
    log.atInfo().addKeyValue("partitions", progress.size()).log("partitions assigned");
    onJoined.run();
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    if (drained) {
      // The consumer is being closed: all there was to say has been committed.
      return;
    }
    forgetBacklog(partitions);
    window.breakOff(partitions);
    boolean forced = await(partitions, settings.revokeTimeout());
    try {
      commitNow(partitions);
    } catch (KafkaException e) {
      warnNotCommitted(e);
    }
    forget(partitions);
    metrics.shutdown(forced);
    log.atInfo()
        .addKeyValue("partitions", partitions.size())
        .addKeyValue("forced", forced)
        .log("partitions handed over");
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    // Somebody else works on them already: each send that can still be stopped saves a copy.
    forgetBacklog(partitions);
    window.breakOff(partitions);
    forget(partitions);
    log.atWarn().addKeyValue("partitions", partitions.size()).log("partitions lost");
  }

  /** Waits for what is in flight there, meanwhile going on with other partitions. */
  private boolean await(Collection<TopicPartition> partitions, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (window.inFlight(partitions) > 0 && System.nanoTime() < deadline) {
      settle(WAIT_FOR_ROOM);
      begin();
    }
    long left = window.inFlight(partitions);
    if (left > 0) {
      window.abandon(partitions);
      long end = System.nanoTime() + HAND_OVER.toNanos();
      while (window.inFlight(partitions) > 0 && System.nanoTime() < end) {
        settle(WAIT_FOR_ROOM);
      }
    }
    settle(Duration.ZERO);
    return left > 0;
  }

  private void forgetBacklog(Collection<TopicPartition> partitions) {
    backlog.removeIf(record -> partitions.contains(Place.of(record).partition()));
  }

  private void forget(Collection<TopicPartition> partitions) {
    progress.keySet().removeAll(partitions);
    committed.keySet().removeAll(partitions);
    crowded.removeAll(partitions);
  }

  private void commitNow(Collection<TopicPartition> partitions) {
    // Asynchronous commits may still be on their way: say it again.
    committed.keySet().removeAll(partitions);
    Map<TopicPartition, OffsetAndMetadata> offsets = uncommitted(partitions);
    if (!offsets.isEmpty()) {
      consumer.commitSync(offsets, KAFKA_TIMEOUT);
    }
  }

  /**
   * Commits everything for the last time. While a rebalance is going on no commit is taken, so it
   * is carried on with until one is: leaving without would send all since the last commit again.
   */
  private void commitFinally() {
    long deadline = System.nanoTime() + KAFKA_TIMEOUT.toNanos();
    while (true) {
      try {
        commitNow(Set.copyOf(progress.keySet()));
        return;
      } catch (RebalanceInProgressException e) {
        if (System.nanoTime() >= deadline) {
          warnNotCommitted(e);
          return;
        }
        pollOnly();
      } catch (KafkaException e) {
        warnNotCommitted(e);
        return;
      }
    }
  }

  private static void warnNotCommitted(KafkaException failure) {
    log.atWarn().setCause(failure).log("last progress not committed: it may be sent again");
  }

  /** Stays in the group. What is polled nevertheless is left open for the next owner. */
  private void pollOnly() {
    fetchOnly(Set.of());
    take(consumer.poll(WAIT_FOR_ROOM));
    settle(Duration.ZERO);
    backlog.clear();
  }

  /** Finishes what is about to be answered; goes on polling, so that the group keeps us. */
  private void drain() {
    long start = System.nanoTime();
    long deadline = start + settings.drainTimeout().toNanos();
    long nextReport = start + PROGRESS_REPORT.toNanos();
    backlog.clear();
    window.breakOff(window.partitions());
    log.atInfo().addKeyValue("in_flight", window.inFlight()).log("stopping");
    while (window.inFlight() > 0 && System.nanoTime() < deadline) {
      pollOnly();
      commitWhenDue();
      if (System.nanoTime() >= nextReport) {
        log.atInfo().addKeyValue("in_flight", window.inFlight()).log("still stopping");
        nextReport += PROGRESS_REPORT.toNanos();
      }
    }
    boolean forced = await(window.partitions(), Duration.ZERO);
    commitFinally();
    drained = true;
    metrics.shutdown(forced);
    log.atInfo()
        .addKeyValue("forced", forced)
        .addKeyValue("duration_ms", Duration.ofNanos(System.nanoTime() - start).toMillis())
        .log("stopped");
  }
}
