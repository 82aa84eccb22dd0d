package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
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
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Loops on a topic of their own, one after the other or beside another member of their group. */
abstract class RunningLoops {
  static final byte[] MAIL = "{}".getBytes(UTF_8);
  static final int PLACES = 16;

  final String name = "loop-" + UUID.randomUUID();
  final TopicPartition partition = new TopicPartition(name, 0);
  final Admin admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
  final Shutdowns shutdowns = new Shutdowns(new SimpleMeterRegistry(), () -> 0);
  final Budget budget =
      new Budget(new Budget.Limits(PLACES, 1L << 20, 100, 100, 100), System::nanoTime);
  final Held work = new Held();
  final InFlightWindow window =
      new InFlightWindow(
          work, Lane.TRANSACTIONAL, budget, _ -> new RelayGroup("acme", 1), 1L << 20);
  volatile boolean stopping;
  volatile boolean dying;
  volatile boolean losing;
  volatile boolean breaking;
  volatile Collection<TopicPartition> revoking = Set.of();
  final AtomicLong polledBytes = new AtomicLong();

  /** Deliveries that last until they are let go. */
  static final class Held implements InFlightWindow.Work {
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

  void put() throws Exception {
    put(0, 1);
  }

  void put(int partition, int mails) throws Exception {
    for (int i = 0; i < mails; i++) {
      put(partition, MAIL);
    }
  }

  void put(byte[] value) throws Exception {
    put(0, value);
  }

  void put(int partition, byte[] value) throws Exception {
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
  void loseItsPartition() throws Exception {
    losing = true;
    admin
        .removeMembersFromConsumerGroup(name, new RemoveMembersFromConsumerGroupOptions())
        .all()
        .get();
  }

  /** Begins a loop as the process does, with a consumer of its own and the one window. */
  CompletableFuture<Void> run(String commitInterval) {
    return run(commitInterval, "100ms");
  }

  CompletableFuture<Void> run(String commitInterval, String revokeTimeout) {
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

  boolean isStopping() {
    if (dying) {
      throw new KafkaException("the consumer cannot be used any more");
    }
    return stopping;
  }

  /** Called by the loop; while it is here, it polls nothing. */
  void assigned(int mine, int all) {
    if (losing && mine == 0) {
      losing = false;
      letGo();
    }
  }

  void letGo() {
    work.open();
    await().until(() -> budget.inFlight() == 0);
  }

  void stop(CompletableFuture<Void> loop) {
    stopping = true;
    loop.join();
  }

  KafkaConsumer<byte[], byte[]> consumer() {
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

  ConsumerRebalanceListener noting(ConsumerRebalanceListener listener) {
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

  long committed() throws Exception {
    return commit(partition).map(OffsetAndMetadata::offset).orElse(-1L);
  }

  Optional<OffsetAndMetadata> commit(TopicPartition of) throws Exception {
    return Optional.ofNullable(
        admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get().get(of));
  }
}
