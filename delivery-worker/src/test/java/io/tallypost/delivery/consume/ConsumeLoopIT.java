package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.delivery.relays.RelayGroup;
import io.tallypost.delivery.smtp.wire.Dots;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.kit.testing.Backends;
import io.tallypost.mail.Lane;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * Mail that is finished while nobody has its partition or before its commit was taken, mail of
 * other partitions while one is handed over, and mail whose attempts fail for a reason that nobody
 * foresaw.
 */
@Timeout(60)
class ConsumeLoopIT {
  private static final byte[] MAIL = "{}".getBytes(UTF_8);
  private static final int PLACES = 16;

  /** Commits go on every 100 ms during a hand-over, and mail does not wait any longer. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final String name = "loop-" + UUID.randomUUID();
  private final TopicPartition partition = new TopicPartition(name, 0);
  private final Admin admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
  private final Shutdowns shutdowns = new Shutdowns(new SimpleMeterRegistry(), () -> 0);
  private final Budget budget =
      new Budget(new Budget.Limits(PLACES, 1L << 20, 100, 100, 100), System::nanoTime);
  private final Held work = new Held();
  private final InFlightWindow window =
      new InFlightWindow(
          work, Lane.TRANSACTIONAL, budget, _ -> new RelayGroup("acme", 1), 1L << 20);
  private volatile boolean stopping;
  private volatile boolean dying;
  private volatile boolean losing;
  private volatile boolean breaking;
  private volatile Collection<TopicPartition> revoking = Set.of();
  private final AtomicLong polledBytes = new AtomicLong();

  /** Deliveries that last until they are let go. */
  private static final class Held implements InFlightWindow.Work {
    final List<Long> begun = new CopyOnWriteArrayList<>();
    final List<Integer> begunIn = new CopyOnWriteArrayList<>();
    final List<Long> givenUp = new CopyOnWriteArrayList<>();

    /** Of each partition: how many may end. */
    final List<Semaphore> ends = List.of(new Semaphore(0), new Semaphore(0));

    volatile boolean fails;
    volatile boolean failsAfterTheDot;
    volatile boolean maybeSent;

    @Override
    public boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
        throws InterruptedException {
      if (failsAfterTheDot) {
        Dots.taken(guard);
      }
      begun.add(record.offset());
      begunIn.add(record.partition());
      ends.get(record.partition()).acquire();
      if (fails || failsAfterTheDot) {
        throw new IllegalStateException("nobody foresaw this");
      }
      return true;
    }

    @Override
    public void putOff(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
      ends.get(record.partition()).acquire();
    }

    @Override
    public void giveUp(ConsumerRecord<byte[], byte[]> record, boolean mayBeOut) {
      maybeSent = mayBeOut;
      givenUp.add(record.offset());
    }

    void open() {
      ends.forEach(end -> end.release(1_000));
    }

    int begunIn(TopicPartition partition) {
      return Collections.frequency(begunIn, partition.partition());
    }
  }

  @BeforeEach
  void topic() throws Exception {
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
  }

  @AfterEach
  void close() throws Exception {
    stopping = true;
    work.open();
    admin.deleteTopics(List.of(name)).all().get();
    admin.close();
  }

  @Test
  void sendsNoCopyOfWhatIsFinishedAfterTheConsumerDied() throws Exception {
    put();
    CompletableFuture<Void> first = run("100ms");
    await().until(() -> work.begun.size() == 1);
    dying = true;
    await().until(first::isCompletedExceptionally);

    letGo();
    dying = false;
    CompletableFuture<Void> second = run("100ms");

    await().until(() -> committed() == 1);
    assertThat(work.begun).containsExactly(0L);
    stop(second);
  }

  @Test
  void sendsNoCopyOfWhatIsFinishedWhileItsPartitionIsLost() throws Exception {
    put();
    CompletableFuture<Void> loop = run("100ms");
    await().until(() -> work.begun.size() == 1);

    loseItsPartition();

    await().until(() -> committed() == 1);
    assertThat(losing).as("the partition was lost").isFalse();
    assertThat(work.begun).containsExactly(0L);
    stop(loop);
  }

  @Test
  void sendsNoCopyOfWhatWasFinishedSinceTheLastCommit() throws Exception {
    letGo();
    put();
    CompletableFuture<Void> loop = run("1h");
    await().until(() -> work.begun.size() == 1 && window.inFlight() == 0);

    loseItsPartition();
    await().until(() -> !losing);
    put();

    await().until(() -> work.begun.contains(1L));
    assertThat(work.begun).containsExactly(0L, 1L);
    stop(loop);
    assertThat(committed()).isEqualTo(2);
  }

  @Test
  void sendsNoCopyWhereAnAttemptFailsUnexpectedlyAfterTheRelayTookTheMail() throws Exception {
    work.failsAfterTheDot = true;
    letGo();
    put();
    CompletableFuture<Void> loop = run("100ms");

    await().until(() -> committed() == 1);
    assertThat(work.begun).containsExactly(0L);
    assertThat(work.givenUp).containsExactly(0L);
    assertThat(work.maybeSent).isTrue();
    stop(loop);
  }

  @Test
  void sendsNoCopyWhereThatIsWhileItsPartitionIsLost() throws Exception {
    work.failsAfterTheDot = true;
    put();
    CompletableFuture<Void> loop = run("100ms");
    await().until(() -> work.begun.size() == 1);

    loseItsPartition();

    await().until(() -> committed() == 1);
    assertThat(losing).as("the partition was lost").isFalse();
    assertThat(work.begun).containsExactly(0L);
    assertThat(work.givenUp).containsExactly(0L);
    assertThat(work.maybeSent).isTrue();
    stop(loop);
  }

  @Test
  void endsAMailWhoseAttemptsAllFailUnexpectedly() throws Exception {
    work.fails = true;
    letGo();
    put();
    CompletableFuture<Void> loop = run("100ms");

    await().until(() -> committed() == 1);
    assertThat(work.begun).hasSize(5).containsOnly(0L);
    assertThat(work.givenUp).containsExactly(0L);
    assertThat(work.maybeSent).isFalse();
    stop(loop);
  }

  /** The consumer's position is beyond the record, and nobody has it. */
  @Test
  void commitsNothingAfterAnErrorBetweenAPollAndTheNoteOfItsRecords() throws Exception {
    letGo();
    breaking = true;
    CompletableFuture<Void> loop = run("1h");
    put();

    assertThatThrownBy(loop::join).hasCauseInstanceOf(OutOfMemoryError.class);

    assertThat(committed()).isEqualTo(-1);
    breaking = false;
    CompletableFuture<Void> next = run("100ms");
    await().until(() -> committed() == 1);
    assertThat(work.begun).containsExactly(0L);
    stop(next);
  }

  /** Compressed they are small, and come with one fetch. */
  @Test
  void takesNoMoreLargeMailThanItHasMemoryFor() throws Exception {
    byte[] large = new byte[4 << 20];
    for (int i = 0; i < 32; i++) {
      put(large);
    }
    CompletableFuture<Void> loop = run("100ms");

    await().until(() -> work.begun.size() == 1);
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(5))
        .until(() -> polledBytes.get() <= 4L * large.length);

    work.open();
    await().until(() -> committed() == 32);
    stop(loop);
  }

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

  private void put() throws Exception {
    put(0, 1);
  }

  private void put(int partition, int mails) throws Exception {
    for (int i = 0; i < mails; i++) {
      put(partition, MAIL);
    }
  }

  private void put(byte[] value) throws Exception {
    put(0, value);
  }

  private void put(int partition, byte[] value) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                Backends.kafka(),
                "compression.type",
                "lz4",
                "max.request.size",
                5 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      byte[] key = UUID.randomUUID().toString().getBytes(UTF_8);
      producer.send(new ProducerRecord<>(name, partition, key, value)).get();
    }
  }

  /** As if its session had expired. */
  private void loseItsPartition() throws Exception {
    losing = true;
    admin
        .removeMembersFromConsumerGroup(name, new RemoveMembersFromConsumerGroupOptions())
        .all()
        .get();
  }

  /** Begins a loop as the process does, with a consumer of its own and the one window. */
  private CompletableFuture<Void> run(String commitInterval) {
    return run(commitInterval, "100ms");
  }

  private CompletableFuture<Void> run(String commitInterval, String revokeTimeout) {
    var settings =
        new Binder(
                new MapConfigurationPropertySource(
                    Map.of(
                        "relay.host",
                        "relay.test",
                        "commit-interval",
                        commitInterval,
                        "revoke-timeout",
                        revokeTimeout,
                        "max-bytes-in-flight",
                        "8MB")))
            .bind("", DeliverySettings.class)
            .get();
    return CompletableFuture.runAsync(
        () -> {
          try (var kept =
                  new KeptOffsets(
                      Admin.create(Map.of("bootstrap.servers", Backends.kafka())), name);
              var consumer = consumer()) {
            new ConsumeLoop(
                    name, consumer, kept, window, () -> false, settings, shutdowns, this::assigned)
                .run(this::isStopping);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }

  private boolean isStopping() {
    if (dying) {
      throw new KafkaException("the consumer cannot be used any more");
    }
    return stopping;
  }

  /** Called by the loop; while it is here, it polls nothing. */
  private void assigned(int mine, int all) {
    if (losing && mine == 0) {
      losing = false;
      letGo();
    }
  }

  private void letGo() {
    work.open();
    await().until(() -> budget.inFlight() == 0);
  }

  private void stop(CompletableFuture<Void> loop) {
    stopping = true;
    loop.join();
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.<String, Object>of(
            "bootstrap.servers",
            Backends.kafka(),
            "group.id",
            name,
            "enable.auto.commit",
            false,
            "auto.offset.reset",
            "earliest",
            "max.poll.records",
            ConsumeLoop.RECORDS_A_POLL,
            "heartbeat.interval.ms",
            500,
            "partition.assignment.strategy",
            CooperativeStickyAssignor.class.getName()),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer()) {
      @Override
      public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
        records.forEach(record -> polledBytes.addAndGet(record.value().length));
        if (breaking && !records.isEmpty()) {
          throw new OutOfMemoryError("while its records are noted");
        }
        return records;
      }

      @Override
      public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        super.subscribe(topics, noting(listener));
      }
    };
  }

  private ConsumerRebalanceListener noting(ConsumerRebalanceListener listener) {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        listener.onPartitionsAssigned(partitions);
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        revoking = partitions;
        listener.onPartitionsRevoked(partitions);
        revoking = Set.of();
      }

      @Override
      public void onPartitionsLost(Collection<TopicPartition> partitions) {
        listener.onPartitionsLost(partitions);
      }
    };
  }

  private long committed() throws Exception {
    return commit(partition).map(OffsetAndMetadata::offset).orElse(-1L);
  }

  private Optional<OffsetAndMetadata> commit(TopicPartition of) throws Exception {
    return Optional.ofNullable(
        admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get().get(of));
  }
}
