package io.tallypost.kit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.kit.testing.Backends;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Mail of repeated lines is 200 times as large in memory as on its way here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsumerRoleIT {
  private static final int PARTITIONS = 24;
  private static final int MAILS = 300;
  private static final byte[] MAIL =
      "A line of a large mail, as many others.\n".repeat(26_000).getBytes(UTF_8);

  /** Quota's heap may have 320 MB, and what is read from a mail takes more than the mail. */
  private static final long MOST_OF_REQUESTS = 55L << 20;

  private static final long MOST = 110L << 20;

  private final String topic = "large-" + UUID.randomUUID();
  private final Map<String, Object> connection = Map.of("bootstrap.servers", Backends.kafka());

  @BeforeAll
  void writeMails() throws Exception {
    try (var admin = Admin.create(connection)) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    }
    put();
  }

  @AfterAll
  void deleteMails() throws Exception {
    try (var admin = Admin.create(connection)) {
      admin.deleteTopics(List.of(topic)).all().get();
    }
  }

  static List<Arguments> roles() {
    return List.of(
        Arguments.of(
            ConsumerRole.requests("requests-" + UUID.randomUUID(), "quota"), MOST_OF_REQUESTS),
        Arguments.of(
            ConsumerRole.log("log-" + UUID.randomUUID(), 100, Duration.ofMillis(50)), MOST),
        Arguments.of(ConsumerRole.retries("retries-" + UUID.randomUUID(), 100), MOST),
        Arguments.of(ConsumerRole.worker("worker-" + UUID.randomUUID(), 16), MOST));
  }

  @ParameterizedTest
  @MethodSource("roles")
  void bringsNoMoreMailAtOnceThanFitsIntoMemory(ConsumerRole role, long most) throws Exception {
    try (var consumer = role.open(connection)) {
      var partitions =
          IntStream.range(0, PARTITIONS).mapToObj(i -> new TopicPartition(topic, i)).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      int read = 0;
      while (read < MAILS) {
        var polled = consumer.poll(Duration.ofSeconds(30));
        assertThat(polled.isEmpty()).as("after %s of %s mails", read, MAILS).isFalse();
        assertThat((long) polled.count() * MAIL.length).as("bytes at once").isLessThan(most);
        read += polled.count();
      }
    }
  }

  private void put() throws Exception {
    Map<String, Object> settings = new HashMap<>(connection);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 3);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 5 << 20);
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<>(settings, bytes, bytes)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < MAILS; i++) {
        var record = producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, MAIL));
        if (i < PARTITIONS) {
          // A partition that was just made may take its second batch and refuse its first for good.
          record.get();
        }
        sent.add(record);
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    }
  }
}
