package io.tallypost.delivery.consume;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.progress.KeptOffsets;
import io.tallypost.kit.testing.Backends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Partitions that go, and come back while mail of theirs is still in flight. */
class AssignedPartitionsIT {
  private static final int RECORDS = 3;

  private final String name = "assigned-" + UUID.randomUUID();
  private final TopicPartition partition = new TopicPartition(name, 0);
  private final Set<TopicPartition> partitions = Set.of(partition);
  private final Admin admin = Admin.create(Map.of("bootstrap.servers", Backends.kafka()));
  private final KeptOffsets kept = new KeptOffsets(admin, name);
  private final KafkaConsumer<byte[], byte[]> consumer =
      new KafkaConsumer<>(
          Map.of(
              "bootstrap.servers",
              Backends.kafka(),
              "group.id",
              name,
              "enable.auto.commit",
              false,
              "auto.offset.reset",
              "earliest"),
          new ByteArrayDeserializer(),
          new ByteArrayDeserializer());
  private final AssignedPartitions assigned = new AssignedPartitions(consumer, kept);

  @BeforeEach
  void records() throws Exception {
    admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
    put();
    consumer.assign(partitions);
  }

  private void put() throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", Backends.kafka()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < RECORDS; i++) {
        byte[] key = UUID.randomUUID().toString().getBytes(UTF_8);
        producer.send(new ProducerRecord<>(name, 0, key, "{}".getBytes(UTF_8))).get();
      }
    }
  }

  @AfterEach
  void close() throws Exception {
    consumer.close();
    admin.deleteTopics(List.of(name)).all().get();
    kept.close();
  }

  @Test
  void beginsAgainWhatWasBrokenOff() {
    List<Polled> mails = assign();

    assertThat(assigned.ended(mails.getFirst(), false)).isSameAs(mails.getFirst());
  }

  @Test
  void beginsNothingAgainOfAPartitionThatLeaves() {
    List<Polled> mails = assign();
    assigned.leave(partitions);

    assertThat(assigned.ended(mails.get(0), false)).isNull();
    assertThat(assigned.ended(mails.get(1), true)).isNull();
    assigned.commitMeanwhile();

    assertThat(committed()).isEqualTo(new OffsetAndMetadata(0, "1:BB"));
  }

  @Test
  void beginsNothingAgainOfAPartitionThatIsGone() {
    List<Polled> mails = assign();
    assigned.remove(partitions);

    assertThat(assigned.ended(mails.getFirst(), false)).isNull();
  }

  @Test
  void sendsNoCopyOfWhatWasFinishedForAnEarlierAssignment() {
    List<Polled> before = assign();
    assigned.remove(partitions);
    List<Polled> now = assign();
    assertThat(now).hasSize(RECORDS).doesNotContainAnyElementsOf(before);

    before.forEach(mail -> assertThat(assigned.ended(mail, true)).isNull());
    assigned.commitNow(partitions);

    assertThat(committed().offset()).isEqualTo(RECORDS);
  }

  @Test
  void beginsWithWhatWasBrokenOffInAnEarlierAssignment() {
    List<Polled> before = assign();
    assigned.remove(partitions);
    List<Polled> now = assign();

    assertThat(assigned.ended(before.getFirst(), false)).isSameAs(now.getFirst());
  }

  /** Else a mail whose partition comes and goes is begun again at once, each time. */
  @Test
  void remembersTheFailuresOfAnEarlierAssignment() {
    Polled before = assign().getFirst();
    before.failed(false);
    before.failed(true);
    assigned.remove(partitions);
    Polled now = assign().getFirst();

    assigned.ended(before, false);

    assertThat(now.failures()).isEqualTo(2);
    assertThat(now.isMaybeSent()).isTrue();
  }

  @Test
  void takesNoRecordForFinishedWhoseTopicWasMadeAnew() throws Exception {
    List<Polled> before = assign();
    assigned.remove(partitions);
    consumer.assign(List.of());
    admin.deleteTopics(List.of(name)).all().get();
    await()
        .ignoreExceptions()
        .until(() -> {
          admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
          return true;
        });
    put();
    consumer.assign(partitions);
    List<Polled> now = assign();

    assertThat(assigned.ended(before.getFirst(), true)).isSameAs(now.getFirst());
    assigned.commitNow(partitions);

    assertThat(committed().offset()).isZero();
  }

  /** Takes the partition, and polls all that is unfinished there. */
  private List<Polled> assign() {
    assigned.add(partitions);
    consumer.seekToBeginning(partitions);
    List<Polled> mails = new ArrayList<>();
    await()
        .until(() -> {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
            var mail = new Polled(record, System.nanoTime());
            if (assigned.polled(mail)) {
              mails.add(mail);
            }
          }
          return mails.size() == RECORDS;
        });
    return mails;
  }

  private OffsetAndMetadata committed() {
    OffsetAndMetadata offset =
        Objects.requireNonNull(consumer.committed(partitions).get(partition));
    return new OffsetAndMetadata(offset.offset(), offset.metadata());
  }
}
