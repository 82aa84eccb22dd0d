package io.tallypost.kit.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.testing.Backends;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Mail of repeated lines is 200 times as large in memory as on its way here. */
class ConsumerRoleIT {
  private static final int MAILS = 300;
  private static final int PARTITIONS = 24;
  private static final byte[] MAIL =
      "A line of a large mail, as many others.\n".repeat(26_000).getBytes(StandardCharsets.UTF_8);

  /** What three parts of four leave of the smallest heap, for what is read from it. */
  private static final long MOST = 110L << 20;

  static List<ConsumerRole> roles() {
    return List.of(
        ConsumerRole.requests("requests-" + UUID.randomUUID(), "quota"),
        ConsumerRole.log("log-" + UUID.randomUUID(), 100, Duration.ofMillis(50)),
        ConsumerRole.retries("retries-" + UUID.randomUUID(), 100),
        ConsumerRole.worker("worker-" + UUID.randomUUID(), 16));
  }

  @ParameterizedTest
  @MethodSource("roles")
  void bringsNoMoreMailAtOnceThanFitsIntoMemory(ConsumerRole role) throws Exception {
    String topic = "large-" + UUID.randomUUID();
    Map<String, Object> connection = Map.of("bootstrap.servers", Backends.kafka());
    try (var admin = Admin.create(connection)) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
      put(topic);
      try (var consumer = role.open(connection)) {
        var partitions =
            IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(topic, i)).toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        int read = 0;
        while (read < MAILS) {
          var polled = consumer.poll(Duration.ofSeconds(10));
          assertThat(
                  StreamSupport.stream(polled.spliterator(), false)
                      .mapToLong(record -> record.value().length)
                      .sum())
              .isBetween(1L, MOST);
          read += polled.count();
        }
      } finally {
        admin.deleteTopics(List.of(topic)).all().get();
      }
    }
  }

  private static void put(String topic) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                Backends.kafka(),
                "compression.type",
                "lz4",
                "linger.ms",
                3,
                "max.request.size",
                5 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < MAILS; i++) {
        var _ = producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, MAIL));
      }
      producer.flush();
    }
  }
}
