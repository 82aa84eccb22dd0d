package io.tallypost.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaBrokerIT {

  private static final TopicPartition LETTERS = new TopicPartition("letters", 0);

  @TempDir Path dir;

  @Test
  void comesBackOnItsPortWithItsDataAfterKillMinusNine() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(dir)) {
      String address = broker.bootstrapServers();
      long pid = broker.pid();
      createTopic(broker, 1);
      send(broker.bootstrapServers(), "kept".getBytes(UTF_8));

      broker.kill();
      assertThat(broker.isAlive()).isFalse();
      broker.restart();

      assertThat(broker.bootstrapServers()).isEqualTo(address);
      assertThat(broker.pid()).isNotEqualTo(pid);
      assertThat(read(broker.bootstrapServers())).containsExactly("kept".getBytes(UTF_8));
    }
  }

  @Test
  void carriesRecordsOfEightMebibytesAndCreatesNoTopicByItself() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(dir)) {
      createTopic(broker, 1);
      byte[] large = new byte[8 * 1024 * 1024];
      send(broker.bootstrapServers(), large);

      assertThat(read(broker.bootstrapServers())).singleElement().isEqualTo(large);
      try (Admin admin = admin(broker.bootstrapServers())) {
        assertThat(admin.listTopics().names().get()).containsExactly("letters");
      }
    }
  }

  @Test
  void threeBrokersKeepServingWhenOneIsKilled() throws Exception {
    try (KafkaCluster cluster = KafkaCluster.start(dir, 3)) {
      createTopic(cluster.broker(1), 3);
      send(cluster.bootstrapServers(), "before".getBytes(UTF_8));

      cluster.broker(leader(cluster)).kill();

      send(cluster.bootstrapServers(), "after".getBytes(UTF_8));
      assertThat(read(cluster.bootstrapServers()))
          .containsExactly("before".getBytes(UTF_8), "after".getBytes(UTF_8));
    }
  }

  @Test
  void aFailedStartShowsTheEndOfTheLog() {
    assertThatThrownBy(() -> KafkaBroker.start(dir, Map.of("log.retention.hours", "many")))
        .isInstanceOf(PartFailedException.class)
        .hasMessageContaining("kafka 1 ended with exit code 1")
        .hasMessageContaining("Invalid value many for configuration log.retention.hours");
  }

  private static int leader(KafkaCluster cluster) throws Exception {
    try (Admin admin = admin(cluster.bootstrapServers())) {
      var topics = admin.describeTopics(List.of("letters")).allTopicNames().get();
      return requireNonNull(topics.get("letters")).partitions().getFirst().leader().id();
    }
  }

  private static void createTopic(KafkaBroker broker, int replicas) throws Exception {
    try (Admin admin = admin(broker.bootstrapServers())) {
      admin.createTopics(List.of(new NewTopic("letters", 1, (short) replicas))).all().get();
    }
  }

  private static Admin admin(String servers) {
    return Admin.create(Map.of("bootstrap.servers", servers));
  }

  private static void send(String servers, byte[] value) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            servers,
            "max.request.size",
            9_000_000,
            "buffer.memory",
            40_000_000);
    try (var producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>("letters", value)).get();
    }
  }

  private static List<byte[]> read(String servers) {
    try (var consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", servers),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(LETTERS));
      consumer.seekToBeginning(List.of(LETTERS));
      long end = requireNonNull(consumer.endOffsets(List.of(LETTERS)).get(LETTERS));
      List<byte[]> values = new ArrayList<>();
      while (consumer.position(LETTERS) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
      }
      return values;
    }
  }
}
