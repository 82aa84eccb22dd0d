package io.tallypost.kit.view;

import static io.tallypost.kit.testing.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.config.Versioned;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.kit.testing.Backends;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CompactedViewIT {
  private static final Map<String, Object> BROKER = Map.of("bootstrap.servers", Backends.kafka());

  /** The smallest thing that can stand on a config topic. */
  record Thing(long version, String name) implements Versioned {}

  private final String topic = "things-" + UUID.randomUUID();
  private final KafkaProducer<byte[], byte[]> producer =
      new KafkaProducer<>(BROKER, new ByteArraySerializer(), new ByteArraySerializer());
  private final CompactedView<Thing> view = new CompactedView<>(topic, Thing.class, BROKER);
  private final List<String> changes = new CopyOnWriteArrayList<>();

  @BeforeEach
  void createTopic() throws Exception {
    try (var admin = Admin.create(BROKER)) {
      admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1))).all().get();
    }
  }

  @AfterEach
  void close() {
    view.stop();
    producer.close();
  }

  @Test
  void hasCaughtUpOnlyWhenItKnowsAllThatWasThere() throws Exception {
    for (int i = 0; i < 200; i++) {
      write("key-" + i, new Thing(1, "name-" + i));
    }
    assertThat(view.isCaughtUp()).isFalse();

    view.start();

    await().until(view::isCaughtUp);
    assertThat(view.values()).hasSize(200);
    assertThat(view.get("key-7")).contains(new Thing(1, "name-7"));
  }

  @Test
  void tellsOfChangesAndDeletions() throws Exception {
    started();

    write("a", new Thing(1, "first"));
    await().until(() -> view.get("a").isPresent());
    write("a", new Thing(2, "second"));
    await().until(() -> view.get("a").equals(Optional.of(new Thing(2, "second"))));
    delete("a", 3);

    await().until(() -> view.get("a").isEmpty());
    await().untilAsserted(() -> assertThat(changes).containsExactly("a", "a", "a"));
  }

  @Test
  void goesOnWhenACallbackFails() throws Exception {
    view.onChange(_ -> {
      throw new IllegalArgumentException("cannot take this up");
    });
    started();

    write("a", new Thing(1, "first"));
    write("end", new Thing(1, "end"), "a");

    await().untilAsserted(() -> assertThat(changes).containsExactly("a", "end"));
  }

  @Test
  void ignoresWhatIsOlderThanWhatItKnows() throws Exception {
    started();

    write("a", new Thing(5, "newest"));
    write("a", new Thing(4, "late"));
    delete("a", 3);
    write("end", new Thing(1, "end"), "a");

    await().until(() -> view.get("end").isPresent());
    assertThat(view.get("a")).contains(new Thing(5, "newest"));
  }

  @Test
  void aDeletedValueDoesNotComeBack() throws Exception {
    started();

    write("a", new Thing(1, "first"));
    delete("a", 2);
    write("a", new Thing(1, "first again"));
    write("end", new Thing(1, "end"), "a");

    await().until(() -> view.get("end").isPresent());
    assertThat(view.get("a")).isEmpty();
  }

  @Test
  void forgetsTheOldestDeletionsWhereThereAreVeryMany() {
    view.put("first", 5, null);
    view.put("kept", 1, new Thing(1, "kept"));
    for (int i = 0; i < 10_000; i++) {
      view.put("key-" + i, 2, null);
      view.put("key-" + i, 2, null);
    }

    view.put("key-9999", 1, new Thing(1, "late"));
    view.put("first", 1, new Thing(1, "long after"));

    assertThat(view.get("key-9999")).as("deleted of late").isEmpty();
    assertThat(view.get("first")).as("nobody knows any more").isPresent();
    assertThat(view.get("kept")).isPresent();
  }

  @Test
  void keepsTheLastGoodValueWhenARecordCannotBeRead() throws Exception {
    started();

    write("a", new Thing(1, "good"));
    send("a", "a", "{\"version\":".getBytes(UTF_8), null);
    send("a", "a", new byte[0], null);
    send("a", "a", null, null);
    write("end", new Thing(1, "end"), "a");

    await().until(() -> view.get("end").isPresent());
    assertThat(view.get("a")).contains(new Thing(1, "good"));
  }

  @Test
  void knowsAtOnceWhatItsOwnProcessWrote() throws Exception {
    started();

    view.put("a", 2, new Thing(2, "own"));
    write("a", new Thing(1, "before"));
    write("end", new Thing(1, "end"), "a");

    await().until(() -> view.get("end").isPresent());
    assertThat(view.get("a")).contains(new Thing(2, "own"));
  }

  private void started() {
    view.onChange(changes::add);
    view.start();
    await().until(view::isCaughtUp);
  }

  private void write(String key, Thing thing) throws Exception {
    write(key, thing, key);
  }

  /** Writes to the partition of another key, so that the order between both is fixed. */
  private void write(String key, Thing thing, String partitionOf) throws Exception {
    send(key, partitionOf, EventJson.write(thing), null);
  }

  private void delete(String key, int version) throws Exception {
    send(key, key, null, version);
  }

  private void send(
      String key, String partitionOf, byte @Nullable [] value, @Nullable Integer version)
      throws Exception {
    var headers = RecordHeaders.empty();
    if (version != null) {
      headers.set(RecordHeaders.VERSION, version);
    }
    int partition = Math.floorMod(partitionOf.hashCode(), 3);
    producer
        .send(new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), value, headers.toKafka()))
        .get();
  }
}
