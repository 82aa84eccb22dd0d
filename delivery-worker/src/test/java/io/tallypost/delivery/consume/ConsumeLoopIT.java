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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
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
 * Mail that is finished while nobody has its partition or before its commit was taken, and mail
 * whose attempts fail for a reason that nobody foresaw.
 */
@Timeout(60)
class ConsumeLoopIT {
  private final String name = "loop-" + UUID.randomUUID();
  private final TopicPartition partition = new TopicPartition(name, 0);
  private final Admin admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
  private final Shutdowns shutdowns = new Shutdowns(new SimpleMeterRegistry(), () -> 0);
  private final Budget budget =
      new Budget(new Budget.Limits(16, 1L << 20, 100, 100, 100), System::nanoTime);
  private final Held work = new Held();
  private final InFlightWindow window =
      new InFlightWindow(
          work, Lane.TRANSACTIONAL, budget, _ -> new RelayGroup("acme", 1), 1L << 20);
  private volatile boolean stopping;
  private volatile boolean dying;
  private volatile boolean losing;
  private volatile boolean breaking;
  private final AtomicLong polledBytes = new AtomicLong();

  /** Deliveries that last until they are let go. */
  private static final class Held implements InFlightWindow.Work {
    final List<Long> begun = new CopyOnWriteArrayList<>();
    final List<Long> givenUp = new CopyOnWriteArrayList<>();
    final CountDownLatch open = new CountDownLatch(1);
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
      open.await();
      if (fails || failsAfterTheDot) {
        throw new IllegalStateException("nobody foresaw this");
      }
      return true;
    }

    @Override
    public void putOff(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
      open.await();
    }

    @Override
    public void giveUp(ConsumerRecord<byte[], byte[]> record, boolean mayBeOut) {
      maybeSent = mayBeOut;
      givenUp.add(record.offset());
    }
  }

  @BeforeEach
  void topic() throws Exception {
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
  }

  @AfterEach
  void close() throws Exception {
    stopping = true;
    work.open.countDown();
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

    work.open.countDown();
    await().until(() -> committed() == 32);
    stop(loop);
  }

  private void put() throws Exception {
    put("{}".getBytes(UTF_8));
  }

  private void put(byte[] value) throws Exception {
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
      producer.send(new ProducerRecord<>(name, 0, key, value)).get();
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
    var settings =
        new Binder(
                new MapConfigurationPropertySource(
                    Map.of(
                        "relay.host",
                        "relay.test",
                        "commit-interval",
                        commitInterval,
                        "revoke-timeout",
                        "100ms",
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
    work.open.countDown();
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
    };
  }

  private long committed() throws Exception {
    var offset =
        admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get().get(partition);
    return offset == null ? -1 : offset.offset();
  }
}
