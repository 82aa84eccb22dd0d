package io.tallypost.delivery.consume;

import io.tallypost.delivery.consume.Polled.Place;
import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.delivery.progress.PartitionProgress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The consumer's partitions: how far each is done, and what is committed. */
final class AssignedPartitions {
  private static final Logger log = LoggerFactory.getLogger(AssignedPartitions.class);
  private static final Duration KAFKA_TIMEOUT = Duration.ofSeconds(5);

  /** How long a commit may take during a hand-over: mail waits for it. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final Consumer<byte[], byte[]> consumer;
  private final KeptOffsets kept;
  private final Map<TopicPartition, PartitionProgress> progress = new HashMap<>();
  private final Map<TopicPartition, PartitionProgress.Commit> committed = new HashMap<>();
  private final Set<TopicPartition> crowded = new HashSet<>();

  /** Polled in this assignment of the partition, and not finished. */
  private final Map<Place, Polled> open = new HashMap<>();

  /** Partitions about to be given away; all of them before a stop. */
  private final Set<TopicPartition> leaving = new HashSet<>();

  AssignedPartitions(Consumer<byte[], byte[]> consumer, KeptOffsets kept) {
    this.consumer = consumer;
    this.kept = kept;
  }

  /**
   * Continues where the predecessor has committed.
   *
   * @throws KafkaException if the commits cannot be read
   */
  void add(Collection<TopicPartition> partitions) {
    var predecessors = kept.committed(consumer, Set.copyOf(partitions));
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
  }

  void remove(Collection<TopicPartition> partitions) {
    progress.keySet().removeAll(partitions);
    committed.keySet().removeAll(partitions);
    crowded.removeAll(partitions);
    leaving.removeAll(partitions);
    open.keySet().removeIf(place -> partitions.contains(place.partition()));
    kept.forget(Set.copyOf(partitions));
  }

  int size() {
    return progress.size();
  }

  /** Notes a polled record; returns whether it needs work. */
  boolean polled(Polled mail) {
    PartitionProgress partition = progress.get(mail.partition());
    if (partition == null) {
      return false;
    }
    if (partition.beginsAnewAt(mail.place().offset())) {
      // What is still in flight may be of another topic of this name.
      open.keySet().removeIf(place -> place.partition().equals(mail.partition()));
    }
    if (!partition.polled(mail.place().offset())) {
      return false;
    }
    open.put(mail.place(), mail);
    return true;
  }

  /**
   * Notes that nobody works on a record any more. It may have been started in an earlier assignment
   * of its partition: then it is finished for this one too, because its result is written, and
   * another attempt would be a copy.
   *
   * @param done whether it needs no more work; false if it was broken off
   * @return the record to start again; null if none, or if somebody else starts it
   */
  @Nullable Polled ended(Polled mail, boolean done) {
    Place place = mail.place();
    Polled ours = open.get(place);
    PartitionProgress partition = progress.get(place.partition());
    if (ours == null || partition == null) {
      return null;
    }
    if (done && ours.isSameRecordAs(mail)) {
      open.remove(place);
      partition.finished(place.offset());
      return null;
    }
    if (ours.isSameRecordAs(mail)) {
      ours.failedAs(mail);
    }
    return leaving.contains(place.partition()) ? null : ours;
  }

  /** From now on no record of these may be started. */
  void leave(Collection<TopicPartition> partitions) {
    leaving.addAll(partitions);
  }

  /** Whether so much is finished beyond an open record that no more may be started. */
  boolean isCrowded(TopicPartition partition) {
    return crowded.contains(partition);
  }

  /** Commits what has changed, without waiting. */
  void commitSoon() {
    Map<TopicPartition, OffsetAndMetadata> offsets = uncommitted(progress.keySet());
    if (!offsets.isEmpty()) {
      consumer.commitAsync(
          offsets,
          (tried, failure) -> {
            if (failure != null) {
              // Common while partitions change hands; a lasting problem shows in the consumer's
              // lag.
              log.atDebug().setCause(failure).log("progress not committed, trying again");
              committed.keySet().removeAll(tried.keySet());
              if (failure instanceof RebalanceInProgressException) {
                kept.keepAhead(stillOurs(tried));
              }
            } else {
              kept.keep(stillOurs(tried));
            }
          });
    }
    kept.saySoon();
  }

  /** An answer may arrive after its partition has gone to somebody else. */
  private Map<TopicPartition, OffsetAndMetadata> stillOurs(
      Map<TopicPartition, OffsetAndMetadata> offsets) {
    var ours = new HashMap<>(offsets);
    ours.keySet().retainAll(progress.keySet());
    return ours;
  }

  /**
   * Commits changes while partitions are given away. Nothing is polled during that time, and
   * asynchronous commits are answered in a poll.
   */
  void commitMeanwhile() {
    Map<TopicPartition, OffsetAndMetadata> offsets = uncommitted(progress.keySet());
    if (!offsets.isEmpty()) {
      try {
        consumer.commitSync(offsets, SOON);
        kept.keep(offsets);
      } catch (KafkaException e) {
        log.atDebug().setCause(e).log("progress not committed, trying again");
        committed.keySet().removeAll(offsets.keySet());
        kept.keepAhead(offsets);
      }
    }
    kept.saySoon();
  }

  /** Commits these before they are given away; what could not be committed is sent again. */
  void commitNow(Collection<TopicPartition> partitions) {
    try {
      commitAll(partitions);
    } catch (KafkaException e) {
      keepAhead(partitions);
      warnNotCommitted(e);
    }
  }

  /** For the next owner, if the group itself takes no commit. */
  private void keepAhead(Collection<TopicPartition> partitions) {
    committed.keySet().removeAll(partitions);
    kept.keepAhead(uncommitted(partitions));
    kept.sayNow();
  }

  /**
   * Commits everything for the last time. During a rebalance no commit is taken, so it repeats
   * until one is: leaving without would resend everything since the last commit.
   *
   * @param carryOn polls once
   */
  void commitFinally(Runnable carryOn) {
    long deadline = System.nanoTime() + KAFKA_TIMEOUT.toNanos();
    while (true) {
      try {
        commitAll(Set.copyOf(progress.keySet()));
        return;
      } catch (RebalanceInProgressException e) {
        if (System.nanoTime() >= deadline) {
          keepAhead(Set.copyOf(progress.keySet()));
          warnNotCommitted(e);
          return;
        }
        carryOn.run();
      } catch (KafkaException e) {
        warnNotCommitted(e);
        return;
      }
    }
  }

  private void commitAll(Collection<TopicPartition> partitions) {
    // Asynchronous commits may still be on their way: send again.
    committed.keySet().removeAll(partitions);
    Map<TopicPartition, OffsetAndMetadata> offsets = uncommitted(partitions);
    if (!offsets.isEmpty()) {
      consumer.commitSync(offsets, KAFKA_TIMEOUT);
      kept.keep(offsets);
    }
    kept.sayNow();
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
      // Not known yet: the next commit sends it.
      return 0;
    }
  }

  private static void warnNotCommitted(KafkaException failure) {
    log.atWarn().setCause(failure).log("last progress not committed: it may be sent again");
  }
}
