package io.tallypost.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.client.Client;
import io.tallypost.stack.rest.RestClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever is put on a topic, nothing stands still and nothing is lost. */
class UnreadableRecordsIT {
  private static final TallypostStack STACK = TallypostStack.running();

  /** Quota answers for the first, the worker for the next three, audit for the others. */
  private static final List<String> TOPICS =
      List.of(
          "mail.requests.v1",
          "mail.approved.v1",
          "mail.approved.bulk.v1",
          "mail.retry.1s.v1",
          "mail.decisions.v1",
          "mail.outcomes.v1");

  /** The first of them each hop sets anew; the others stay as they are. */
  private static final List<Header> HOSTILE =
      List.of(
          new RecordHeader("traceparent", "00-zz\u0000-\r\nX-Evil: 1".getBytes(UTF_8)),
          new RecordHeader("attempt", "-99999999999999999999".getBytes(UTF_8)),
          new RecordHeader("replay-count", new byte[] {(byte) 0xff, (byte) 0xfe, 0}),
          new RecordHeader("remaining-recipients", "not an address\u0000".getBytes(UTF_8)),
          new RecordHeader("due-at", "yesterday".getBytes(UTF_8)),
          new RecordHeader("age-from", new byte[0]),
          new RecordHeader("", "no name".getBytes(UTF_8)),
          new RecordHeader("large", new byte[10_000]));

  @Test
  void unreadableRecordsEndAsDeadLettersAsTheyAreAndTheOthersAreDelivered() {
    Client client = Client.withLimit(STACK, "unreadable", 100);
    String before = send(client);

    Map<String, byte[]> expected = new HashMap<>();
    List<Future<?>> written = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", STACK.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (String topic : TOPICS) {
        for (byte[] value : rubbish()) {
          String key = UUID.randomUUID().toString();
          expected.put(key, value);
          written.add(
              producer.send(
                  new ProducerRecord<>(topic, null, key.getBytes(UTF_8), value, HOSTILE)));
        }
      }
    }
    assertThat(written).allSatisfy(one -> assertThat(one).succeedsWithin(Duration.ZERO));
    String after = send(client);

    client.awaitStatus(before, "delivered");
    client.awaitStatus(after, "delivered");
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(letters(expected)).hasSize(expected.size()));
    assertThat(letters(expected))
        .allSatisfy(letter -> {
          byte[] value = expected.get(key(letter));
          assertThat(letter.value()).isEqualTo(value);
          assertThat(Stream.of(letter.headers().toArray()))
              .containsAll(HOSTILE.subList(1, HOSTILE.size()));
        });
    client.awaitStatus(send(client), "delivered");
    // Nobody has written another one meanwhile.
    assertThat(letters(expected)).hasSize(expected.size());
    for (String role : List.of("quota", "worker", "audit")) {
      assertThat(liveness(role)).as(role).isEqualTo(200);
    }
  }

  private static List<byte @Nullable []> rubbish() {
    var random = new byte[300];
    new Random(7).nextBytes(random);
    List<byte @Nullable []> rubbish = new ArrayList<>();
    rubbish.add(random);
    rubbish.add(new byte[0]);
    rubbish.add(null);
    for (String text :
        List.of(
            "null",
            "[]",
            "\"text\"",
            "{}",
            "{\"v\": 1}",
            "{\"v\": \"one\", \"type\": \"delivered\"}",
            "{\"v\": 99, \"event_id\": \"x\"}",
            "{\"v\": 1, \"mail\": {\"subject\": \"nul \\u0000\"}}",
            "{\"v\": 1} trailing")) {
      rubbish.add(text.getBytes(UTF_8));
    }
    return rubbish;
  }

  private static String send(Client client) {
    Client.Answer answer =
        client.send(Map.of("to", "bob@example.org", "subject", "good", "text", "hi"));
    assertThat(answer.status()).isEqualTo(202);
    return answer.body().path("id").asString();
  }

  private static List<ConsumerRecord<byte[], byte[]>> letters(Map<String, byte[]> expected) {
    List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", STACK.bootstrapServers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor("mail.dead-letter.v1").stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(letter -> {
              if (expected.containsKey(key(letter))) {
                letters.add(letter);
              }
            });
      }
    }
    return letters;
  }

  private static String key(ConsumerRecord<byte[], byte[]> letter) {
    return letter.key() == null ? "" : new String(letter.key(), UTF_8);
  }

  private static int liveness(String role) {
    String management = STACK.services(role).getFirst().path("management").asString();
    return RestClient.of(management).get("/health/liveness").status();
  }
}
