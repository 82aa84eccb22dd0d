package io.tallypost.delivery.consume;

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
 * What a group has committed, a second time, under a group of its own that never has members.
 * Workers have no other memory: whoever deletes their group while none of them runs would have all
 * mail that the topics still hold sent again (decision 9). And what was finished while a rebalance
 * kept the group from taking any commit, which lasts until the session of every dead member is
 * over: who dies in that time would have it sent again (decision 10). One thread.
 */
final class KeptOffsets implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KeptOffsets.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  /**
   * A pump that died within a transaction leaves offsets that nobody is told before the transaction
   * is aborted: its timeout, and up to 10 s more until the broker looks (the default of {@code
   * transaction.abort.timed.out.transaction.cleanup.interval.ms}).
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Longer nobody is kept from stopping: these are only the second copy. */
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
  KeptOffsets(Admin admin, String group) {
    this.admin = admin;
    this.group = group(group);
  }

  /** The group under which another's offsets are kept. */
  static String group(String of) {
    return of + ".kept";
  }

  /**
   * Where to go on: what the group has committed, or what was kept where it knows nothing, or where
   * more was finished after the very commit that it has. A partition that neither knows has no
   * entry.
   *
   * @throws KafkaException if that cannot be found out
   */
  Map<TopicPartition, OffsetAndMetadata> committed(
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

  /** These were committed; they are said when {@link #saySoon} or {@link #sayNow} is called. */
  void keep(Map<TopicPartition, OffsetAndMetadata> offsets) {
    inGroup.putAll(offsets);
    unsaid.putAll(offsets);
  }

  /** These could not be committed, because a rebalance is going on; they are said at once. */
  void keepAhead(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach(
        (partition, offset) -> unsaid.put(partition, AheadOf.mark(offset, inGroup.get(partition))));
    urgent = true;
  }

  /** Somebody else has these now, and keeps them. */
  void forget(Set<TopicPartition> partitions) {
    unsaid.keySet().removeAll(partitions);
    inGroup.keySet().removeAll(partitions);
  }

  /** Says what there is to say, once a second or at once, without waiting. */
  void saySoon() {
    if ((urgent || System.nanoTime() - saidNanos >= EVERY.toNanos()) && answer.isDone()) {
      say();
    }
  }

  /** Says what there is to say, and waits for it; a failure costs copies only if the group goes. */
  void sayNow() {
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
