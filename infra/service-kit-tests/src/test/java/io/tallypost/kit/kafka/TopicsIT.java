package io.tallypost.kit.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.events.Topics;
import io.tallypost.kit.testing.Backends;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.util.unit.DataSize;

/** Topics are made as the settings say, once. */
class TopicsIT {
  private static final Map<String, Object> BROKER = Map.of("bootstrap.servers", Backends.kafka());

  /** Nobody else has this delay. */
  private static final String TOPIC = Topics.retry(Duration.ofMillis(7_654_321));

  @Test
  void aStartMakesATopicWithItsBytesAndNeverChangesThem() throws Exception {
    start(DataSize.ofMegabytes(64));
    assertThat(config(TopicConfig.RETENTION_BYTES_CONFIG)).isEqualTo("67108864");
    assertThat(config(TopicConfig.SEGMENT_BYTES_CONFIG)).isEqualTo("8388608");
    assertThat(config(TopicConfig.RETENTION_MS_CONFIG)).isEqualTo("1209600000");

    start(DataSize.ofMegabytes(128));

    assertThat(config(TopicConfig.RETENTION_BYTES_CONFIG)).isEqualTo("67108864");
    assertThat(config(TopicConfig.SEGMENT_BYTES_CONFIG)).isEqualTo("8388608");
  }

  private static void start(DataSize bytes) {
    var retention = new RetentionBytes(null, null, null, null, bytes, null, null, null);
    var topics = new TopicFactory(TopicFactoryTest.settings(retention));
    var admin = new KafkaAdmin(BROKER);
    admin.createOrModifyTopics(topics.small(TOPIC, Duration.ofDays(14)));
  }

  private static String config(String name) {
    var topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
    try (var admin = Admin.create(BROKER)) {
      // The broker may not know a topic yet that it has just made.
      return await()
          .ignoreExceptionsMatching(e -> e.getCause() instanceof UnknownTopicOrPartitionException)
          .until(
              () ->
                  Objects.requireNonNull(
                          admin.describeConfigs(List.of(topic)).values().get(topic), "asked for it")
                      .get()
                      .get(name)
                      .value(),
              Objects::nonNull);
    }
  }
}
