package io.tallypost.delivery.consume;

import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.consume.Budget.Answer;
import io.tallypost.delivery.consume.InFlightWindow.Finished;
import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.kit.loop.Shutdowns;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one consumer of approved mail: it takes records while there is room for them, and
 * commits what is finished. All of that happens on one thread, the work itself on others.
 */
final class ConsumeLoop implements ConsumerRebalanceListener {
  private static final Logger log = LoggerFactory.getLogger(ConsumeLoop.class);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration WAIT_FOR_ROOM = Duration.ofMillis(20);
  private static final Duration GLANCE = Duration.ofMillis(5);

  /**
   * What a poll returns is in memory at once, and 16 large mails that were compressed well are more
   * than the memory for waiting mail. The rest of what was fetched is there for the next poll.
   */
  static final int RECORDS_A_POLL = 1;

  /**
   * How many are taken before some are started, even if that is a few too many: where one sender's
   * mail fills the backlog as fast as it is parked, others' behind it comes as much sooner.
   */
  private static final int TAKEN_AT_ONCE = 16;

  /** Mails that wait here for each place. */
  private static final int QUEUED = 4;

  private static final Duration PROGRESS_REPORT = Duration.ofSeconds(5);

  /** How long an abandoned send may take to record that it is in doubt. */
  private static final Duration HAND_OVER = Duration.ofSeconds(5);

  private final String topic;
  private final Consumer<byte[], byte[]> consumer;
  private final InFlightWindow window;
  private final DeliverySettings settings;
  private final Shutdowns shutdowns;
  private final BiConsumer<Integer, Integer> onAssigned;
  private final AssignedPartitions assigned;

  /** Polled and not begun. */
  private final Backlog backlog;

  /** Taken out of the backlog, to be parked. */
  private final Deque<Polled> surplus = new ArrayDeque<>();

  private boolean draining;
  private boolean drained;

  /** Whether a fault of ours has ended the loop: what was polled then may not have been noted. */
  private boolean broken;

  private long lastCommitNanos = System.nanoTime();

  /**
   * Prepares a loop; {@link #run} works.
   *
   * @param others whether mail of several tenants may come
   * @param onAssigned is told how many of the topic's partitions are ours, and how many there are
   */
  ConsumeLoop(
      String topic,
      Consumer<byte[], byte[]> consumer,
      KeptOffsets kept,
      InFlightWindow window,
      BooleanSupplier others,
      DeliverySettings settings,
      Shutdowns shutdowns,
      BiConsumer<Integer, Integer> onAssigned) {
    this.topic = topic;
    this.consumer = consumer;
    this.assigned = new AssignedPartitions(consumer, kept);
    this.window = window;
    this.backlog =
        new Backlog(QUEUED * settings.maxInFlight(), settings.bytesInFlight() * 3 / 16, others);
    this.settings = settings;
    this.shutdowns = shutdowns;
    this.onAssigned = onAssigned;
  }

  /**
   * Works until it is told to stop, then finishes what is in flight.
   *
   * @throws KafkaException if the consumer cannot be used any more
   */
  void run(BooleanSupplier stopping) {
    consumer.subscribe(List.of(topic), this);
    try {
      while (!stopping.getAsBoolean()) {
        turn();
      }
      drain();
    } catch (KafkaException e) {
      // Each record that was polled is noted.
      throw e;
    } catch (RuntimeException | Error e) {
      broken = true;
      throw e;
    } finally {
      window.waits(false);
    }
  }

  private void turn() {
    boolean full = backlog.isFull() || !surplus.isEmpty();
    // Mail that waits here counts as waiting, as mail at the broker does.
    fetchOnly(full ? Set.of() : uncrowded());
    if (full) {
      var _ = take(consumer.poll(Duration.ZERO));
      begin();
      settle(WAIT_FOR_ROOM);
    } else {
      // Waiting mail continues when a place is free, other mail when it is polled.
      takeSome(backlog.isEmpty() ? POLL : GLANCE);
      begin();
      settle(backlog.isEmpty() ? Duration.ZERO : GLANCE);
    }
    begin();
    whenCommitIsDue(assigned::commitSoon);
  }

  private Set<TopicPartition> uncrowded() {
    var partitions = new HashSet<>(consumer.assignment());
    partitions.removeIf(assigned::isCrowded);
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

  private void takeSome(Duration patience) {
    // Where nothing waits a mail is begun before the next is looked for: alone it costs one poll.
    boolean crowded = !backlog.isEmpty();
    int taken = take(consumer.poll(patience));
    int last = taken;
    while (crowded && last > 0 && taken < TAKEN_AT_ONCE && !backlog.isHeavy()) {
      last = take(consumer.poll(Duration.ZERO));
      taken += last;
    }
  }

  /** Returns how many there were. */
  private int take(ConsumerRecords<byte[], byte[]> records) {
    for (var record : records) {
      long now = System.nanoTime();
      var mail = new Polled(record, now);
      // Waits for what is in flight from an earlier assignment: its end is this one's.
      if (!assigned.polled(mail) || window.contains(mail.place())) {
        continue;
      }
      if (window.hasFinished(mail)) {
        // Its result is written, and only its commit was not taken.
        assigned.ended(mail, true);
      } else {
        window.remind(mail);
        backlog.add(mail, now);
      }
    }
    return records.count();
  }

  private void begin() {
    if (draining) {
      return;
    }
    long now = System.nanoTime();
    Answer last = Answer.BEGIN;
    while (last == Answer.BEGIN) {
      last = backlog.begin(window::begin, now);
    }
    window.waits(last == Answer.FULL);
    surplus.addAll(backlog.surplus(now));
    while (!surplus.isEmpty() && window.putOff(surplus.getFirst())) {
      surplus.removeFirst();
    }
  }

  private void settle(Duration patience) {
    for (Finished one : window.takeFinished(patience)) {
      Polled again = assigned.ended(one.mail(), one.done());
      if (again != null && !draining) {
        backlog.putBack(again);
      }
    }
  }

  private void whenCommitIsDue(Runnable commit) {
    if (System.nanoTime() - lastCommitNanos >= settings.commitInterval().toNanos()) {
      commit.run();
      lastCommitNanos = System.nanoTime();
    }
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    assigned.add(partitions);
    log.atInfo()
        .addKeyValue("topic", topic)
        .addKeyValue("partitions", assigned.size())
        .log("partitions assigned");
    tellShare();
  }

  private void tellShare() {
    onAssigned.accept(assigned.size(), consumer.partitionsFor(topic).size());
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    if (drained) {
      // The consumer is closing: everything has been committed.
      return;
    }
    if (broken) {
      // It is closing too: a commit could pass over records that nobody works on.
      onPartitionsLost(partitions);
      return;
    }
    assigned.leave(partitions);
    forgetBacklog(partitions);
    window.breakOff(partitions);
    boolean forced = await(partitions, settings.revokeTimeout());
    assigned.commitNow(partitions);
    assigned.remove(partitions);
    tellShare();
    shutdowns.handedOver(forced);
    log.atInfo()
        .addKeyValue("topic", topic)
        .addKeyValue("partitions", partitions.size())
        .addKeyValue("forced", forced)
        .log("partitions handed over");
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    // Somebody else works on them already: each send that can still be stopped saves a copy.
    forgetBacklog(partitions);
    window.breakOff(partitions);
    assigned.remove(partitions);
    tellShare();
    log.atWarn().addKeyValue("partitions", partitions.size()).log("partitions lost");
  }

  /**
   * Waits for what is in flight there, while polled mail of other partitions continues and commits
   * go on.
   */
  private boolean await(Collection<TopicPartition> partitions, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (window.inFlight(partitions) > 0 && System.nanoTime() < deadline) {
      settle(WAIT_FOR_ROOM);
      begin();
      whenCommitIsDue(assigned::commitMeanwhile);
    }
    long left = window.inFlight(partitions);
    if (left > 0) {
      window.abandon(partitions);
      long end = System.nanoTime() + HAND_OVER.toNanos();
      while (window.inFlight(partitions) > 0 && System.nanoTime() < end) {
        settle(WAIT_FOR_ROOM);
        begin();
        whenCommitIsDue(assigned::commitMeanwhile);
      }
    }
    settle(Duration.ZERO);
    return left > 0;
  }

  private void forgetBacklog(Collection<TopicPartition> partitions) {
    backlog.remove(partitions);
    surplus.removeIf(mail -> partitions.contains(mail.partition()));
  }

  /** Stays in the group. Records that are polled nevertheless stay open for the next owner. */
  private void pollOnly() {
    fetchOnly(Set.of());
    var _ = take(consumer.poll(WAIT_FOR_ROOM));
    settle(Duration.ZERO);
    backlog.clear();
  }

  /** Finishes sends that wait for their reply; keeps polling, so that the group keeps us. */
  private void drain() {
    long start = System.nanoTime();
    long deadline = start + settings.drainTimeout().toNanos();
    long nextReport = start + PROGRESS_REPORT.toNanos();
    draining = true;
    backlog.clear();
    surplus.clear();
    window.waits(false);
    window.breakOff(window.partitions());
    log.atInfo().addKeyValue("in_flight", window.inFlight()).log("stopping");
    while (window.inFlight() > 0 && System.nanoTime() < deadline) {
      pollOnly();
      whenCommitIsDue(assigned::commitSoon);
      if (System.nanoTime() >= nextReport) {
        log.atInfo().addKeyValue("in_flight", window.inFlight()).log("still stopping");
        nextReport += PROGRESS_REPORT.toNanos();
      }
    }
    boolean forced = await(window.partitions(), Duration.ZERO);
    assigned.commitFinally(this::pollOnly);
    drained = true;
    if (forced) {
      shutdowns.cutShort();
    }
    log.atInfo()
        .addKeyValue("forced", forced)
        .addKeyValue("duration_ms", Duration.ofNanos(System.nanoTime() - start).toMillis())
        .log("stopped");
  }
}
