package io.tallypost.quota.consume;

import io.tallypost.events.Topics;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.publish.ApprovalTransactions;
import io.tallypost.quota.publish.DecisionPublisher;
import io.tallypost.quota.publish.Work;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * The poll loop. One batch at a time is decided in PostgreSQL and its verdicts are sent; what is
 * left to publish goes to {@link ApprovalTransactions}, which make the loop wait only for a
 * rebalance and the stop.
 *
 * <p>A failure of PostgreSQL or Kafka loses and skips nothing: the loop goes back to the batch's
 * start, or to the group's committed offsets, waits with all partitions paused (so that it stays in
 * the group), and tries again.
 */
final class RequestListener implements Looping, ConsumerRebalanceListener {
  private static final Logger log = LoggerFactory.getLogger(RequestListener.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration POLL_ON_HOLD = Duration.ofMillis(50);
  private static final Predicate<Exception> AWAY = Away.KAFKA.or(Away.DATABASE);

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final Supplier<Admin> admins;
  private final Decisions decisions;
  private final DecisionPublisher publisher;
  private final QuotaLedger ledger;
  private final ApprovalTransactions transactions;
  private final Shutdowns shutdowns;
  private final QuotaSettings settings;

  /** Where the group continues, as far as this process moved it. */
  private final Map<TopicPartition, Long> moved = new HashMap<>();

  private @Nullable Consumer<byte[], byte[]> consumer;
  private @Nullable RequestTopic topic;
  private boolean topicKnown;
  private boolean fromBeginning;
  private long retryAt = System.nanoTime();
  private final Loop loop;

  RequestListener(
      Supplier<Consumer<byte[], byte[]>> consumers,
      Supplier<Admin> admins,
      Decisions decisions,
      DecisionPublisher publisher,
      QuotaLedger ledger,
      ApprovalTransactions transactions,
      Shutdowns shutdowns,
      QuotaSettings settings) {
    this.consumers = consumers;
    this.admins = admins;
    this.decisions = decisions;
    this.publisher = publisher;
    this.ledger = ledger;
    this.transactions = transactions;
    this.shutdowns = shutdowns;
    this.settings = settings;
    // To end it takes the drain, twice at most, and what closing takes.
    Duration drain = settings.drain().multipliedBy(2).plusSeconds(5);
    this.loop =
        new Loop(
            "quota-requests",
            LoopPolicy.waitingFor(AWAY)
                .pausing(settings.retry(), settings.retryMost())
                .draining(drain),
            this::readAll);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public boolean joins() {
    return true;
  }

  private Consumer<byte[], byte[]> consumer() {
    return Objects.requireNonNull(consumer);
  }

  private RequestTopic topic() {
    return Objects.requireNonNull(topic);
  }

  /** Finishes the current batch and its transaction at the end, and leaves the group. */
  private void readAll(Loop loop) throws Exception {
    consumer = consumers.get();
    topic = new RequestTopic(admins.get());
    topicKnown = false;
    moved.clear();
    try {
      consumer().subscribe(List.of(Topics.REQUESTS), this);
      while (!loop.isStopping()) {
        turnOrRetry();
      }
      if (!transactions.awaitIdle(settings.drain())) {
        shutdowns.cutShort();
      }
      recordProgress();
    } finally {
      consumer().close();
      topic().close();
    }
  }

  /** Waits in the group for what is away. */
  private void turnOrRetry() throws Exception {
    try {
      turn();
    } catch (InvalidOffsetException e) {
      // No offset yet, or one that is gone: start with the earliest record of the present topic.
      log.atInfo()
          .addKeyValue("partitions", e.partitions().size())
          .log("no offset, starting with the earliest record");
      topicKnown = false;
      consumer().seekToBeginning(e.partitions());
    } catch (Exception e) {
      if (!AWAY.test(e)) {
        throw e;
      }
      transactions.fail();
      holdBack(e);
    }
  }

  private void turn() throws ExecutionException, TimeoutException {
    if (transactions.hasFailed() && transactions.canResume()) {
      returnToCommitted();
    }
    boolean hold =
        transactions.hasFailed() || transactions.isFull() || System.nanoTime() - retryAt < 0;
    if (hold) {
      consumer().pause(consumer().assignment());
    } else {
      consumer().resume(consumer().paused());
    }
    var records = consumer().poll(hold ? POLL_ON_HOLD : POLL);
    transactions.member(consumer().groupMetadata());
    if (records.isEmpty()) {
      if (!hold) {
        idle();
      }
    } else if (hold) {
      // For a partition that was assigned during the poll.
      rewind(records);
    } else {
      decide(records, currentTopic());
    }
  }

  private void decide(ConsumerRecords<byte[], byte[]> records, @Nullable UUID topicId) {
    if (topicId == null) {
      return;
    }
    var committed = transactions.committed();
    try {
      Work work = publisher.publish(decisions.decide(records, topicId, committed));
      transactions.recorded(committed);
      transactions.add(work);
      work.next().forEach((partition, next) -> moved.put(partition, next.offset()));
      loop.well();
    } catch (DataAccessException | TransactionException e) {
      if (!AWAY.test(e)) {
        throw e;
      }
      rewind(records);
      holdBack(e);
    }
  }

  /**
   * The topic of the records; null if it turns out to be a new one, and the records must be read
   * again from its beginning.
   */
  private @Nullable UUID currentTopic() throws ExecutionException, TimeoutException {
    boolean another = topicKnown ? topic().hasChanged() : topic().refresh();
    topicKnown = true;
    if (another) {
      beginAgain();
      return null;
    }
    return topic().id();
  }

  /**
   * A topic created again: the group's offsets say nothing about it. Decisions on records of the
   * former one are known by message id.
   */
  private void beginAgain() {
    log.atWarn()
        .addKeyValue("topic", Topics.REQUESTS)
        .log("the topic was created again, reading it from its beginning");
    fromBeginning = true;
    transactions.fail();
  }

  private void returnToCommitted() {
    var assignment = consumer().assignment();
    if (fromBeginning) {
      consumer().seekToBeginning(assignment);
    } else {
      Map<TopicPartition, OffsetAndMetadata> committed = consumer().committed(assignment);
      for (TopicPartition partition : assignment) {
        var offset = committed.get(partition);
        if (offset == null) {
          consumer().seekToBeginning(List.of(partition));
        } else {
          consumer().seek(partition, offset);
        }
      }
    }
    fromBeginning = false;
    moved.clear();
    transactions.resume();
  }

  private void rewind(ConsumerRecords<byte[], byte[]> records) {
    for (TopicPartition partition : records.partitions()) {
      consumer().seek(partition, records.records(partition).getFirst().offset());
    }
  }

  private void holdBack(Exception cause) {
    retryAt = System.nanoTime() + loop.away(cause).toNanos();
  }

  private void idle() throws ExecutionException, TimeoutException {
    if (topicKnown && topic().hasChanged()) {
      beginAgain();
      return;
    }
    commitMarkers();
    recordProgress();
  }

  /** Transactions of others leave markers, which take offsets but are no records. */
  private void commitMarkers() {
    UUID topicId = topic().id();
    if (topicId == null || moved.isEmpty()) {
      return;
    }
    var beyond = new HashMap<TopicPartition, OffsetAndMetadata>();
    for (var entry : moved.entrySet()) {
      long position = consumer().position(entry.getKey());
      if (position > entry.getValue()) {
        entry.setValue(position);
        beyond.put(entry.getKey(), new OffsetAndMetadata(position));
      }
    }
    if (!beyond.isEmpty()) {
      transactions.add(new Work(topicId, List.of(), List.of(), beyond));
    }
  }

  private void recordProgress() {
    var committed = transactions.committed();
    if (committed.isEmpty()) {
      return;
    }
    try {
      ledger.recordOnly(committed);
      transactions.recorded(committed);
      loop.well();
    } catch (DataAccessException | TransactionException e) {
      if (!AWAY.test(e)) {
        throw e;
      }
      holdBack(e);
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    loop.joined();
    topicKnown = false;
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    transactions.member(consumer().groupMetadata());
    if (!transactions.awaitIdle(settings.drain())) {
      log.atWarn().log("the last transaction did not end in time, its requests are read again");
      transactions.fail();
    }
    partitions.forEach(moved::remove);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    transactions.fail();
    partitions.forEach(moved::remove);
  }
}
