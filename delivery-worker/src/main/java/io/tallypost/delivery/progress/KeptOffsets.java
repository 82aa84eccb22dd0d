package io.tallypost.delivery.progress;

import io.tallypost.delivery.KafkaClients;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A second copy of a group's commits, under a group of its own that never has members. Workers have
 * no other memory. If somebody deletes their group while none of them runs, all mail still on the
 * topics would be sent again (decision 9). And while a rebalance keeps the group from taking
 * commits, which lasts until the session of every dead member is over, a worker that dies would
 * have its finished mail sent again (decision 10). One thread.
 */
public class KeptOffsets implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KeptOffsets.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  /**
   * A pump that died within a transaction leaves offsets that nobody can read before the
   * transaction is aborted: its timeout, plus up to 10 s until the broker looks (the default of
   * {@code transaction.abort.timed.out.transaction.cleanup.interval.ms}).
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A stop waits no longer than this: these are only the second copy. */
  private static final Duration AT_THE_END = Duration.ofSeconds(2);

  private final Admin admin;
  private final String group;

  /** What the group itself has, as far as we know. */
  private final Map<TopicPartition, OffsetAndMetadata> inGroup = new HashMap<>();

  private final Map<TopicPartition, OffsetAndMetadata> unsaid = new HashMap<>();
  private boolean urgent;
  private Map<TopicPartition, OffsetAndMetadata> onTheWay = Map.of();
  private KafkaFuture<Void> answer = KafkaFuture.completedFuture(null);
  private long saidNanos = System.nanoTime();

  /** Those of this group. */
  public KeptOffsets(Admin admin, String group) {
    this.admin = admin;
    this.group = group(group);
  }

  /** The group that keeps another group's offsets. */
  static String group(String of) {
    return of + ".kept";
  }

  /**
   * Where to continue: the group's commit; the kept one if the group has none, or if the kept one
   * continues that very commit. A partition without either has no entry.
   *
   * @throws KafkaException if the commits cannot be read
   */
  public Map<TopicPartition, OffsetAndMetadata> committed(
      Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> found =
        new HashMap<>(consumer.committed(partitions, PATIENCE));
    found.values().removeIf(offset -> offset == null);
    inGroup.putAll(found);
    Map<TopicPartition, OffsetAndMetadata> kept = read(partitions);
    long gone = kept.keySet().stream().filter(partition -> !found.containsKey(partition)).count();
    if (gone > 0) {
      log.atWarn()
          .addKeyValue("group", consumer.groupMetadata().groupId())
          .addKeyValue("partitions", gone)
          .log("the group's offsets are gone, going on from those that were kept");
    }
    return goOn(found, kept);
  }

  /**
   * What the group has, or what was kept where it has nothing, or where that goes on from the very
   * commit that the group has. Pure.
   */
  static Map<TopicPartition, OffsetAndMetadata> goOn(
      Map<TopicPartition, OffsetAndMetadata> committed,
      Map<TopicPartition, OffsetAndMetadata> kept) {
    Map<TopicPartition, OffsetAndMetadata> from = new HashMap<>(committed);
    kept.forEach((partition, offset) -> {
      OffsetAndMetadata known = committed.get(partition);
      if (known == null || AheadOf.isAhead(offset, known)) {
        from.put(partition, AheadOf.strip(offset));
      }
    });
    return from;
  }

  private Map<TopicPartition, OffsetAndMetadata> read(Set<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> kept =
        new HashMap<>(
            get(
                admin
                    .listConsumerGroupOffsets(
                        Map.of(
                            group, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions)),
                        new ListConsumerGroupOffsetsOptions().requireStable(true))
                    .partitionsToOffsetAndMetadata(group),
                PATIENCE));
    kept.values().removeIf(offset -> offset == null);
    return kept;
  }

  /** These were committed; {@link #saySoon} or {@link #sayNow} keeps them. */
  public void keep(Map<TopicPartition, OffsetAndMetadata> offsets) {
    inGroup.putAll(offsets);
    unsaid.putAll(offsets);
  }

  /** These could not be committed, because a rebalance is going on; they are kept at once. */
  public void keepAhead(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach(
        (partition, offset) -> unsaid.put(partition, AheadOf.mark(offset, inGroup.get(partition))));
    urgent = true;
  }

  /** Somebody else has these now, and keeps them. */
  public void forget(Set<TopicPartition> partitions) {
    unsaid.keySet().removeAll(partitions);
    onTheWay = new HashMap<>(onTheWay);
    onTheWay.keySet().removeAll(partitions);
    inGroup.keySet().removeAll(partitions);
  }

  /** Keeps what is new, once a second or at once, without waiting. */
  public void saySoon() {
    if ((urgent || System.nanoTime() - saidNanos >= EVERY.toNanos()) && answer.isDone()) {
      say();
    }
  }

  /** Keeps what is new, and waits; a failure costs copies only if the group disappears. */
  public void sayNow() {
    try {
      if (!answer.isDone()) {
        get(answer, AT_THE_END);
      }
      say();
      get(answer, AT_THE_END);
    } catch (KafkaException e) {
      log.atWarn().addKeyValue("group", group).setCause(e).log("last offsets not kept");
    }
  }

  private void say() {
    if (answer.isCompletedExceptionally()) {
      onTheWay.forEach(unsaid::putIfAbsent);
    }
    onTheWay = Map.copyOf(unsaid);
    unsaid.clear();
    urgent = false;
    saidNanos = System.nanoTime();
    answer =
        onTheWay.isEmpty()
            ? KafkaFuture.completedFuture(null)
            : admin.alterConsumerGroupOffsets(group, onTheWay).all();
  }

  private static <T> T get(KafkaFuture<T> future, Duration patience) {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    admin.close(KafkaClients.SOON_ENOUGH);
  }
}
