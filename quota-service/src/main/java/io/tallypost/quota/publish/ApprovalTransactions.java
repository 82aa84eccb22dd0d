package io.tallypost.quota.publish;

import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.LoopPolicy;
import io.tallypost.kit.loop.Looping;
import io.tallypost.quota.QuotaSettings;
import io.tallypost.quota.decide.ApprovalProgress;
import io.tallypost.quota.decide.ApprovalProgress.Partition;
import io.tallypost.quota.decide.Docket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Publishes approvals and dead letters and moves the group's offsets, in one Kafka transaction at a
 * time, on its own thread behind the poll loop. A transaction takes equally long whatever its size,
 * so each takes everything that was decided since the last.
 *
 * <p>Why an approved mail is published once, whenever the process ends:
 *
 * <ul>
 *   <li><b>Before PostgreSQL's commit</b>: nothing was decided; the batch is read again.
 *   <li><b>Between PostgreSQL's commit and Kafka's</b>: the transaction aborts (by its timeout, or
 *       by the successor with the same transactional id), so neither an approval is seen nor an
 *       offset moved. The next reader of the records finds their decisions, charges nothing, and
 *       publishes verdict and approval; a verdict may be seen twice, with the same event id.
 *   <li><b>Inside Kafka's commit</b>: the broker completes or aborts it as a whole, and no member
 *       of the group gets the offsets before it has.
 *   <li><b>Between Kafka's commit and the next PostgreSQL transaction</b>, which records how far
 *       approvals are committed: the group's own offset covers what is not recorded yet. Only if
 *       the group's offsets are deleted before the successor has decided or idled once would these
 *       last approvals be published again.
 *   <li><b>After that</b>: whatever happens to the group's offsets, what is recorded is not
 *       published again ({@link Docket}, {@link ApprovalProgress}).
 *   <li><b>A process that was taken for dead and goes on</b>: each transaction names the member and
 *       its generation ({@code sendOffsetsToTransaction}), and the group's coordinator refuses one
 *       that is not current; a predecessor under the same transactional id is fenced before.
 * </ul>
 *
 * <p>An offset moves only after the verdicts of its records have arrived, so no verdict is lost
 * either. After a failure all pending work is dropped, and the loop returns to the committed
 * offsets once {@link #canResume()}; the outcome of a failed commit is known by then, because
 * opening the next producer settles it.
 */
public final class ApprovalTransactions implements Looping {
  /** The most bytes of approvals that may wait for their transaction before reading stops. */
  private static final long MOST_PENDING_BYTES = 32L << 20;

  private static final Duration VERDICT_PATIENCE = Duration.ofSeconds(6);

  /**
   * The least time between the starts of two transactions. A transaction costs the broker as much
   * as ten records, whatever its size; the first one after a pause does not wait.
   */
  private static final Duration BETWEEN_TRANSACTIONS = Duration.ofMillis(20);

  private enum State {
    OPENING,
    IDLE,
    BUSY,
    CLOSED
  }

  private final Supplier<Producer<byte[], byte[]>> producers;
  private final QuotaSettings settings;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Work> pending = new ArrayList<>();
  private final Map<Partition, Long> committed = new HashMap<>();
  private final Loop loop;
  private State state = State.OPENING;
  private long lastBegan = System.nanoTime();
  private boolean failed;
  private @Nullable ConsumerGroupMetadata member;

  /** Everything that one transaction carries, and the group membership that it uses. */
  private record Load(List<Work> work, ConsumerGroupMetadata member) {}

  public ApprovalTransactions(
      Supplier<Producer<byte[], byte[]>> producers, QuotaSettings settings) {
    this.producers = producers;
    this.settings = settings;
    this.loop =
        new Loop(
            "quota-transactions",
            LoopPolicy.waitingFor(Away.KAFKA)
                .pausing(settings.retry(), settings.retryMost())
                .draining(settings.drain()),
            this::commitAll);
    // Whoever waits looks whether it stops.
    loop.onStop(() -> locked(() -> {}));
  }

  @Override
  public Loop loop() {
    return loop;
  }

  /** Before the poll loop, and until after it. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 1;
  }

  /** Takes a batch, unless the last transaction failed: then the batch will be read again. */
  public void add(Work work) {
    locked(() -> {
      if (!failed) {
        pending.add(work);
      }
    });
  }

  /**
   * The group membership for the next transaction. One without a generation is not used: the
   * coordinator would accept anything under it.
   */
  public void member(ConsumerGroupMetadata current) {
    if (current.generationId() >= 0) {
      locked(() -> member = current);
    }
  }

  /** Whether so much waits that no more should be decided. */
  public boolean isFull() {
    lock.lock();
    try {
      return pending.stream().mapToInt(work -> work.records().size() + work.verdicts().size()).sum()
              >= settings.mostPending()
          || pending.stream().mapToLong(Work::bytes).sum() >= MOST_PENDING_BYTES;
    } finally {
      lock.unlock();
    }
  }

  /** Drops all pending work; it will be read again. */
  public void fail() {
    locked(() -> {
      failed = true;
      pending.clear();
    });
  }

  public boolean hasFailed() {
    lock.lock();
    try {
      return failed;
    } finally {
      lock.unlock();
    }
  }

  /** Whether nothing is under way any more, and the group's offsets show what was committed. */
  public boolean canResume() {
    lock.lock();
    try {
      return state == State.IDLE;
    } finally {
      lock.unlock();
    }
  }

  /** Takes batches again. */
  public void resume() {
    locked(() -> failed = false);
  }

  /** Waits for the last transaction; false if it failed or did not end in time. */
  public boolean awaitIdle(Duration patience) {
    lock.lock();
    try {
      long left = patience.toNanos();
      while (!failed && (state == State.BUSY || !pending.isEmpty()) && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !failed && state != State.BUSY && pending.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** How far approvals are committed, as far as that is not recorded yet. */
  public Map<Partition, Long> committed() {
    lock.lock();
    try {
      return Map.copyOf(committed);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets what is recorded now. */
  public void recorded(Map<Partition, Long> progress) {
    locked(() -> committed.entrySet().removeAll(progress.entrySet()));
  }

  /** Opening the producer aborts what a predecessor left open. */
  private void commitAll(Loop loop)
      throws ExecutionException, InterruptedException, TimeoutException {
    Producer<byte[], byte[]> producer = producers.get();
    boolean ended = false;
    try {
      producer.initTransactions();
      become(State.IDLE);
      for (Load load = take(); load != null; load = take()) {
        commit(producer, load);
        done(load);
        loop.well();
      }
      ended = true;
    } finally {
      if (ended) {
        producer.close();
      } else {
        // Their requests are read again.
        fail();
        producer.close(Duration.ZERO);
      }
      become(ended ? State.CLOSED : State.OPENING);
    }
  }

  private static void commit(Producer<byte[], byte[]> producer, Load load)
      throws ExecutionException, InterruptedException, TimeoutException {
    // Before the transaction starts, because its own time is short.
    for (Work work : load.work()) {
      for (Future<RecordMetadata> verdict : work.verdicts()) {
        verdict.get(VERDICT_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
    producer.beginTransaction();
    var next = new HashMap<TopicPartition, OffsetAndMetadata>();
    for (Work work : load.work()) {
      // The commit reports what a send could not.
      for (var record : work.records()) {
        var _ = record.send(producer);
      }
      next.putAll(work.next());
    }
    producer.sendOffsetsToTransaction(next, load.member());
    producer.commitTransaction();
  }

  private @Nullable Load take() throws InterruptedException {
    lock.lock();
    try {
      long early = untilNext();
      while (pending.isEmpty() || member == null || (early > 0 && !loop.isStopping())) {
        if (loop.isStopping()) {
          return null;
        }
        if (pending.isEmpty() || member == null) {
          changed.await();
        } else {
          changed.awaitNanos(early);
        }
        early = untilNext();
      }
      lastBegan = System.nanoTime();
      var load = new Load(List.copyOf(pending), member);
      pending.clear();
      state = State.BUSY;
      return load;
    } finally {
      lock.unlock();
    }
  }

  private long untilNext() {
    return BETWEEN_TRANSACTIONS.toNanos() - (System.nanoTime() - lastBegan);
  }

  private void done(Load load) {
    locked(() -> {
      load.work().stream()
          .flatMap(work -> work.progress().entrySet().stream())
          .forEach(next -> committed.merge(next.getKey(), next.getValue(), Math::max));
      state = State.IDLE;
    });
  }

  private void become(State next) {
    locked(() -> state = next);
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
