package io.tallypost.kit.kafka;

import io.tallypost.kit.testing.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;

/** Results reach partitions that have just been made. */
class ProducerRoleIT {
  private static final int TOPICS = 6;
  private static final int PARTITIONS = 12;
  private static final int BATCHES = 5;

  /** Larger than a batch, so that each is one. */
  private static final byte[] RESULT = new byte[20_000];

  @Test
  void resultsReachPartitionsThatHaveJustBeenMade() throws Exception {
    Map<String, Object> connection = Map.of("bootstrap.servers", Backends.kafka());
    try (var admin = Admin.create(connection);
        var producer = ProducerRole.outcomes().open(connection)) {
      List<String> topics = new ArrayList<>();
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < TOPICS; i++) {
        String topic = "new-" + UUID.randomUUID();
        topics.add(topic);
        var made = admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all();
        for (int n = 0; n < BATCHES * PARTITIONS; n++) {
          sent.add(producer.send(new ProducerRecord<>(topic, n % PARTITIONS, null, RESULT)));
        }
        made.get();
      }
      for (Future<RecordMetadata> one : sent) {
        one.get(30, TimeUnit.SECONDS);
      }
      admin.deleteTopics(topics).all().get();
    }
  }
}
