package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.progress.KeptInMemory;
import io.tallypost.delivery.relays.RelayGroup;
import io.tallypost.delivery.smtp.wire.Dots;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.kit.loop.Shutdowns;
import io.tallypost.mail.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What a lane's loop begins, commits and gives away; with a broker: {@link ConsumeLoopIT}. */
class ConsumeLoopTest {
  private static final String TOPIC = "mail.approved.v1";
  private static final TopicPartition ONE = new TopicPartition(TOPIC, 0);
  private static final TopicPartition OTHER = new TopicPartition(TOPIC, 1);
  private static final int PLACES = 2;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Shutdowns shutdowns = new Shutdowns(registry, () -> 0);
  private final Rebalancing consumer = new Rebalancing();
  private final KeptInMemory kept = new KeptInMemory();
  private final Gates work = new Gates();
  private final List<Integer> shares = new ArrayList<>();
  private final InFlightWindow window =
      new InFlightWindow(
          work,
          Lane.TRANSACTIONAL,
          new Budget(new Budget.Limits(PLACES, 1L << 30, 100, 100, 100), System::nanoTime),
          _ -> new RelayGroup("acme", 1),
          1L << 20);

  /** Kafka's own double; while the group rebalances it takes no commit. */
  private static final class Rebalancing extends MockConsumer<byte[], byte[]> {
    volatile boolean rebalancing;

    Rebalancing() {
      super("earliest");
    }

    @Override
    public synchronized void commitAsync(
        Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
      if (rebalancing) {
        callback.onComplete(offsets, new RebalanceInProgressException());
      } else {
        super.commitAsync(offsets, callback);
      }
    }
  }

  /** A delivery lasts until its gate is opened. */
  private static final class Gates implements InFlightWindow.Work {
    final List<String> begun = new CopyOnWriteArrayList<>();
    final Set<String> pastTheDot = ConcurrentHashMap.newKeySet();
    final Set<String> brokenOff = ConcurrentHashMap.newKeySet();
    private final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();

    CountDownLatch gate(String mail) {
      return gates.computeIfAbsent(mail, _ -> new CountDownLatch(1));
    }

    void open(String... mails) {
      for (String mail : mails) {
        gate(mail).countDown();
      }
    }

    @Override
    public boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
        throws InterruptedException {
      String mail = new String(record.key(), UTF_8);
      if (pastTheDot.contains(mail)) {
        Dots.sent(guard);
      }
      begun.add(mail);
      while (!gate(mail).await(1, TimeUnit.MILLISECONDS)) {
        if (pastTheDot.contains(mail) && guard.isCutShort()) {
          return true;
        }
      }
      return !brokenOff.remove(mail);
    }

    @Override
    public void putOff(ConsumerRecord<byte[], byte[]> record) {}

    @Override
    public void giveUp(ConsumerRecord<byte[], byte[]> record, boolean maybeSent) {}
  }

  @BeforeEach
  void topic() {
    var node = new Node(0, "localhost", 9);
    var replicas = new Node[] {node};
    consumer.updatePartitions(
        TOPIC,
        List.of(
            new PartitionInfo(TOPIC, 0, node, replicas, replicas),
            new PartitionInfo(TOPIC, 1, node, replicas, replicas)));
    consumer.updateBeginningOffsets(Map.of(ONE, 0L, OTHER, 0L));
  }

  @AfterEach
  void openAll() {
    work.gates.values().forEach(CountDownLatch::countDown);
  }

  private ConsumeLoop loop(String drain, String revoke) {
    var settings =
        new Binder(
                new MapConfigurationPropertySource(
                    Map.of(
                        "relay.host",
                        "relay.test",
                        "commit-interval",
                        "1ms",
                        "revoke-timeout",
                        revoke,
                        "drain-timeout",
                        drain,
                        "max-in-flight",
                        PLACES,
                        "max-bytes-in-flight",
                        "8MB")))
            .bind("", DeliverySettings.class)
            .get();
    return new ConsumeLoop(
        TOPIC,
        consumer,
        kept,
        window,
        () -> false,
        settings,
        shutdowns,
        (mine, _) -> shares.add(mine));
  }

  /** The loop's turns go on until this is so, and then it is told to stop. */
  private void runUntil(BooleanSupplier enough) {
    loop("10s", "10s").run(enough);
  }

  private void assign(TopicPartition... partitions) {
    consumer.schedulePollTask(() -> consumer.rebalance(List.of(partitions)));
  }

  private void put(TopicPartition partition, long offset, String mail) {
    consumer.schedulePollTask(() ->
        consumer.addRecord(
            new ConsumerRecord<>(
                TOPIC, partition.partition(), offset, mail.getBytes(UTF_8), new byte[10])));
  }

  private OffsetAndMetadata committed(TopicPartition partition) {
    return consumer.committed(Set.of(partition)).getOrDefault(partition, new OffsetAndMetadata(0));
  }

  private double forced() {
    return registry.get("tallypost.shutdowns").tag("mode", "forced").counter().count();
  }

  @Test
  void commitsNothingBeyondAnOpenMailAndSaysWhatIsFinishedThere() {
    assign(ONE);
    put(ONE, 0, "slow");
    put(ONE, 1, "fast");
    work.open("fast");
    var seen = new ArrayList<OffsetAndMetadata>();

    runUntil(() -> {
      var now = committed(ONE);
      if (seen.isEmpty() && !now.metadata().isEmpty()) {
        seen.add(now);
        work.open("slow");
      }
      return now.offset() == 2;
    });

    assertThat(seen.getFirst().offset()).as("while the slow one is open").isZero();
    assertThat(committed(ONE).metadata()).isEmpty();
    assertThat(work.begun).containsExactlyInAnyOrder("slow", "fast");
  }

  @Test
  void beginsAgainWhatWasBrokenOff() {
    assign(ONE);
    put(ONE, 0, "mail");
    work.brokenOff.add("mail");
    work.open("mail");

    runUntil(() -> committed(ONE).offset() == 1);

    assertThat(work.begun).containsExactly("mail", "mail");
  }

  @Test
  void beginsNoMoreThanItHasPlacesFor() {
    assign(ONE);
    for (int i = 0; i < 4; i++) {
      put(ONE, i, "mail" + i);
    }
    int[] turns = {0};

    runUntil(() -> {
      if (work.begun.size() == PLACES && turns[0]++ == 5) {
        assertThat(work.begun).containsExactlyInAnyOrder("mail0", "mail1");
        work.open("mail0", "mail1", "mail2", "mail3");
      }
      return committed(ONE).offset() == 4;
    });

    assertThat(work.begun).hasSize(4);
  }

  @Test
  void waitsForWhatIsInFlightBeforeItGivesAPartitionAwayAndBeginsNothingElseThere() {
    assign(ONE, OTHER);
    put(ONE, 0, "a");
    put(ONE, 1, "b");
    put(ONE, 2, "waits");
    boolean[] revoked = {false};

    runUntil(() -> {
      if (work.begun.size() == PLACES && !revoked[0]) {
        revoked[0] = true;
        // Not before: a place that is free already would be taken.
        consumer.schedulePollTask(() -> {
          work.open("a", "b", "waits");
          consumer.rebalance(List.of(OTHER));
        });
      }
      return revoked[0] && shares.contains(1);
    });

    assertThat(work.begun).containsExactlyInAnyOrder("a", "b");
    assertThat(kept.ahead).isEmpty();
    assertThat(forced()).isZero();
  }

  @Test
  void handsOverInDoubtWhatDoesNotEndInTime() {
    work.pastTheDot.add("hangs");
    assign(ONE, OTHER);
    put(ONE, 0, "hangs");
    boolean[] revoked = {false};
    // What is abandoned says so, and ends.
    loop("10s", "1ms")
        .run(() -> {
          if (!work.begun.isEmpty() && !revoked[0]) {
            revoked[0] = true;
            consumer.schedulePollTask(() -> consumer.rebalance(List.of(OTHER)));
          }
          return revoked[0] && shares.contains(1);
        });

    assertThat(forced()).isEqualTo(1);
  }

  @Test
  void keepsWhatTheGroupDoesNotTakeWhileItRebalances() {
    assign(ONE);
    put(ONE, 0, "mail");
    work.open("mail");
    consumer.rebalancing = true;

    runUntil(() -> {
      boolean said = kept.ahead.containsKey(ONE) && kept.ahead.get(ONE).offset() == 1;
      consumer.rebalancing = !said;
      return said;
    });

    assertThat(committed(ONE).offset()).as("at its stop").isEqualTo(1);
  }

  @Test
  void finishesWhatIsInFlightWhenItStops() {
    assign(ONE);
    put(ONE, 0, "mail");

    runUntil(() -> {
      boolean begun = !work.begun.isEmpty();
      if (begun) {
        work.open("mail");
      }
      return begun;
    });

    assertThat(committed(ONE).offset()).isEqualTo(1);
    shutdowns.stop();
    assertThat(forced()).isZero();
  }

  /** Its records are noted: what is finished meanwhile is remembered by the window. */
  @Test
  void endsWithAConsumerThatCannotBeUsedAnyMore() {
    assign(ONE);
    var failure = new KafkaException("broker away");
    consumer.schedulePollTask(() -> consumer.setPollException(failure));

    assertThatThrownBy(() -> runUntil(() -> false)).isSameAs(failure);

    await().until(() -> window.inFlight() == 0);
  }
}
