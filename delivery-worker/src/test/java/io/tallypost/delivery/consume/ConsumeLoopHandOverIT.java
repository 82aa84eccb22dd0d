package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mail of other partitions while one is handed over. */
@Timeout(60)
class ConsumeLoopHandOverIT extends RunningLoops {
  /** Commits go on every 100 ms during a hand-over, and mail does not wait any longer. */
  private static final Duration SOON = Duration.ofSeconds(1);

  @Test
  void goesOnWithOtherPartitionsWhileOneIsHandedOver() throws Exception {
    int rounds = 3;
    CompletableFuture<Void> loop = runFull("1m", rounds);
    try (var _ = new AnotherMember()) {
      TopicPartition stays = awaitRevocation();

      Duration fastest = endOneAndAwaitTheNext(stays);
      for (int round = 1; round < rounds; round++) {
        Duration took = endOneAndAwaitTheNext(stays);
        fastest = took.compareTo(fastest) < 0 ? took : fastest;
      }

      // The machine may have been busy during the others.
      assertThat(fastest).isLessThan(SOON);
      expectHandOverUnderWay();
    }
    work.open();
    stop(loop);
  }

  /**
   * Its sends are abandoned then, and may take some seconds to write down that they are in doubt.
   */
  @Test
  void goesOnWithOtherPartitionsAfterTheTimeOfAHandOverIsOver() throws Exception {
    CompletableFuture<Void> loop = runFull("1ms", 1);
    try (var _ = new AnotherMember()) {
      TopicPartition stays = awaitRevocation();

      endOneAndAwaitTheNext(stays);

      expectHandOverUnderWay();
    }
    work.open();
    stop(loop);
  }

  /** Half of the places are each partition's, and so many mails of each wait for one. */
  private CompletableFuture<Void> runFull(String revokeTimeout, int waiting) throws Exception {
    admin.createPartitions(Map.of(name, NewPartitions.increaseTo(2))).all().get();
    CompletableFuture<Void> loop = run("100ms", revokeTimeout);
    put(0, PLACES / 2);
    await().until(() -> work.begun.size() == PLACES / 2);
    put(1, PLACES / 2);
    await().until(() -> work.begun.size() == PLACES);
    put(0, waiting);
    put(1, waiting);
    await().until(() -> polledBytes.get() == (long) MAIL.length * (PLACES + 2 * waiting));
    return loop;
  }

  /** Returns the partition that is not taken away. */
  private TopicPartition awaitRevocation() {
    await().until(() -> revoking.size() == 1);
    TopicPartition leaves = revoking.iterator().next();
    return new TopicPartition(name, 1 - leaves.partition());
  }

  /** Returns how long it took until one more was begun, and the end of another committed. */
  private Duration endOneAndAwaitTheNext(TopicPartition stays) throws Exception {
    int begun = work.begunIn(stays);
    Optional<OffsetAndMetadata> committed = commit(stays);
    long start = System.nanoTime();
    work.ends.get(stays.partition()).release();
    await().until(() -> work.begunIn(stays) > begun && !commit(stays).equals(committed));
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** So all of that was meanwhile; and nothing more of it was begun. */
  private void expectHandOverUnderWay() {
    assertThat(revoking).hasSize(1);
    assertThat(window.inFlight(revoking)).isEqualTo(PLACES / 2);
    assertThat(work.begunIn(revoking.iterator().next())).isEqualTo(PLACES / 2);
  }

  /** One that takes partitions, and does nothing for their mail. */
  private final class AnotherMember implements AutoCloseable {
    private final CountDownLatch over = new CountDownLatch(1);
    private final CompletableFuture<Void> member =
        CompletableFuture.runAsync(this::poll, task -> Thread.ofPlatform().daemon().start(task));

    private void poll() {
      try (var consumer = consumer()) {
        consumer.subscribe(List.of(name));
        while (over.getCount() > 0) {
          consumer.poll(Duration.ofMillis(50));
        }
      }
    }

    @Override
    public void close() {
      over.countDown();
      member.join();
    }
  }
}
