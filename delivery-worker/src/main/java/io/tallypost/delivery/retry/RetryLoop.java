package io.tallypost.delivery.retry;

import io.micrometer.tracing.Span;
import io.tallypost.delivery.Rungs;
import io.tallypost.delivery.courier.DeliveryMetrics;
import io.tallypost.delivery.courier.TooLargeMail;
import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.events.Topics;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Returns due mail to its queue, never early; mail that waits longer than its topic's delay moves
 * to another retry topic. Moves and commits are one transaction, so that a crash neither loses nor
 * doubles mail. A partition waits for its first record, since all records of a topic wait equally
 * long.
 */
final class RetryLoop implements ConsumerRebalanceListener {
  private static final Logger log = LoggerFactory.getLogger(RetryLoop.class);

  /**
   * All delays that ever existed: a topic of a delay that was removed from the settings may still
   * have mail.
   */
  private static final Pattern RETRY_TOPICS = Pattern.compile("mail\\.retry\\.\\w+\\.v1");

  private static final Duration LONGEST_POLL = Duration.ofMillis(100);

  /** A transaction for each due mail would cost more than the mail. */
  private static final Duration SHORTEST_POLL = Duration.ofMillis(20);

  /** How many records one transaction moves. */
  private static final int MOST_MOVED = 500;

  /** How often it looks for markers of transactions to commit. */
  private static final Duration BETWEEN_MARKERS = Duration.ofSeconds(1);

  /** Many small mails, or some large ones. */
  private static final long MOST_KEPT_BYTES = 16L << 20;

  private final Consumer<byte[], byte[]> consumer;
  private final Producer<byte[], byte[]> producer;
  private final KeptOffsets kept;
  private final Rungs rungs;
  private final DeliveryMetrics metrics;
  private final RecordTracing tracing;
  private final InstantSource clock;
  private final Runnable onJoined;

  private final NotYetDue notYetDue = new NotYetDue(MOST_KEPT_BYTES);

  /** When the first record of a paused partition is due. */
  private final Map<TopicPartition, Instant> waiting = new HashMap<>();

  /** What each partition's last commit says. */
  private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();

  private Instant lookForMarkers = Instant.MIN;

  RetryLoop(
      Consumer<byte[], byte[]> consumer,
      Producer<byte[], byte[]> producer,
      KeptOffsets kept,
      Rungs rungs,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      InstantSource clock,
      Runnable onJoined) {
    this.consumer = consumer;
    this.producer = producer;
    this.kept = kept;
    this.rungs = rungs;
    this.metrics = metrics;
    this.tracing = tracing;
    this.clock = clock;
    this.onJoined = onJoined;
  }

  /**
   * Works until it is told to stop.
   *
   * @throws KafkaException if a transaction failed; a new loop finds everything in place
   */
  void run(BooleanSupplier stopping) {
    producer.initTransactions();
    consumer.subscribe(RETRY_TOPICS, this);
    while (!stopping.getAsBoolean()) {
      // Nothing is polled between taking and moving: a poll may give the partition away.
      moveAll(keptAndDue());
      moveAll(due(consumer.poll(untilNextIsDue())));
      commitMarkers();
      kept.saySoon();
    }
    kept.sayNow();
  }

  private Duration untilNextIsDue() {
    return untilNextIsDue(waiting.values(), clock.instant());
  }

  /** How long a poll may take, so that what waits is moved soon after its time. Pure. */
  static Duration untilNextIsDue(Collection<Instant> waiting, Instant now) {
    return waiting.stream()
        .map(due -> Duration.between(now, due))
        .map(wait -> wait.compareTo(SHORTEST_POLL) < 0 ? SHORTEST_POLL : wait)
        .reduce(LONGEST_POLL, (a, b) -> a.compareTo(b) < 0 ? a : b);
  }

  /** Kept records that are due; if none is left, more are read. */
  private List<ConsumerRecord<byte[], byte[]>> keptAndDue() {
    Instant now = clock.instant();
    List<ConsumerRecord<byte[], byte[]>> due = new ArrayList<>();
    for (TopicPartition partition : List.copyOf(waiting.keySet())) {
      if (now.isBefore(waiting.getOrDefault(partition, now))) {
        continue;
      }
      due.addAll(notYetDue.takeDue(partition, now));
      var first = notYetDue.first(partition);
      if (first == null) {
        waiting.remove(partition);
        consumer.resume(List.of(partition));
      } else {
        waiting.put(partition, NotYetDue.dueAt(first));
      }
    }
    return due;
  }

  /** Read records that are due; the rest of a partition waits for its first record's time. */
  private List<ConsumerRecord<byte[], byte[]>> due(ConsumerRecords<byte[], byte[]> records) {
    List<ConsumerRecord<byte[], byte[]>> due = new ArrayList<>();
    Instant now = clock.instant();
    for (TopicPartition partition : records.partitions()) {
      for (var record : records.records(partition)) {
        boolean mayGo = !waiting.containsKey(partition) && !NotYetDue.dueAt(record).isAfter(now);
        if (mayGo) {
          due.add(record);
          continue;
        }
        if (waiting.putIfAbsent(partition, NotYetDue.dueAt(record)) == null) {
          consumer.pause(List.of(partition));
        }
        if (!notYetDue.keep(partition, record)) {
          consumer.seek(partition, record.offset());
          break;
        }
      }
    }
    return due;
  }

  private void moveAll(List<ConsumerRecord<byte[], byte[]>> records) {
    for (int i = 0; i < records.size(); i += MOST_MOVED) {
      move(records.subList(i, Math.min(records.size(), i + MOST_MOVED)));
    }
  }

  private void move(List<ConsumerRecord<byte[], byte[]>> records) {
    try {
      write(records, record -> List.of(RetryMove.of(record, rungs, clock.instant())));
    } catch (KafkaException e) {
      if (!isTooLarge(e)) {
        throw e;
      }
      producer.abortTransaction();
      if (records.size() == 1) {
        end(records.getFirst());
      } else {
        records.forEach(record -> move(List.of(record)));
      }
    }
  }

  /** A mail that is too large for where it is to move would hold up its partition for ever. */
  private void end(ConsumerRecord<byte[], byte[]> record) {
    log.atError()
        .addKeyValue("topic", record.topic())
        .addKeyValue("partition", record.partition())
        .addKeyValue("offset", record.offset())
        .log("mail too large for its next topic");
    Iterator<List<ProducerRecord<byte[], byte[]>>> forms =
        TooLargeMail.ends(record, clock.instant()).iterator();
    while (forms.hasNext()) {
      try {
        List<ProducerRecord<byte[], byte[]>> end = forms.next();
        write(List.of(record), _ -> end);
        return;
      } catch (KafkaException e) {
        if (!isTooLarge(e) || !forms.hasNext()) {
          throw e;
        }
        producer.abortTransaction();
      }
    }
  }

  /** Writes what follows from each record, and commits, in one transaction. */
  private void write(
      List<ConsumerRecord<byte[], byte[]>> records,
      Function<ConsumerRecord<byte[], byte[]>, List<ProducerRecord<byte[], byte[]>>> following) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    int unreadable = 0;
    List<Span> spans = new ArrayList<>();
    try {
      producer.beginTransaction();
      for (var record : records) {
        Span span = tracing.consume("retry move", record);
        spans.add(span);
        for (ProducerRecord<byte[], byte[]> next : following.apply(record)) {
          unreadable += next.topic().equals(Topics.DEAD_LETTER) ? 1 : 0;
          // If it fails, so does the commit of the transaction.
          var _ = tracing.publish(span, next).send(producer);
        }
        offsets.put(
            new TopicPartition(record.topic(), record.partition()),
            new OffsetAndMetadata(record.offset() + 1));
      }
      commit(offsets);
      RecordTracing.batch(spans);
    } finally {
      spans.forEach(Span::end);
    }
    for (int i = 0; i < unreadable; i++) {
      metrics.unreadable();
    }
    log.atDebug().addKeyValue("messages", records.size()).log("due mail brought back");
  }

  private static boolean isTooLarge(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RecordTooLargeException) {
        return true;
      }
    }
    return false;
  }

  private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
    producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
    producer.commitTransaction();
    committed.putAll(offsets);
    kept.keep(offsets);
  }

  /**
   * Commits beyond the markers of transactions: mail that moves from one retry topic to another has
   * one behind it, which would look like mail that nobody reads. Before a partition's position all
   * is moved, unless the partition waits.
   */
  private void commitMarkers() {
    Instant now = clock.instant();
    if (now.isBefore(lookForMarkers)) {
      return;
    }
    lookForMarkers = now.plus(BETWEEN_MARKERS);
    Map<TopicPartition, OffsetAndMetadata> passed = new HashMap<>();
    committed.forEach((partition, last) -> {
      if (!waiting.containsKey(partition)) {
        position(partition)
            .filter(position -> position > last.offset())
            .ifPresent(position -> passed.put(partition, new OffsetAndMetadata(position)));
      }
    });
    if (!passed.isEmpty()) {
      // Like a move, so that no commit overtakes another.
      producer.beginTransaction();
      commit(passed);
    }
  }

  private Optional<Long> position(TopicPartition partition) {
    try {
      return Optional.of(consumer.position(partition, Duration.ZERO));
    } catch (TimeoutException e) {
      // Where it goes on is being asked for.
      return Optional.empty();
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> from = kept.committed(consumer, Set.copyOf(partitions));
    from.forEach(consumer::seek);
    committed.putAll(from);
    onJoined.run();
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    waiting.keySet().removeAll(partitions);
    committed.keySet().removeAll(partitions);
    notYetDue.forget(partitions);
    kept.sayNow();
  }
}
