package io.tallypost.kit.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.Topics;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class TopicFactoryTest {
  private static final Duration WEEK = Duration.ofDays(7);
  private static final List<String> LIMITED =
      List.of(
          Topics.REQUESTS,
          Topics.DECISIONS,
          Topics.APPROVED,
          Topics.APPROVED_BULK,
          Topics.retry(Duration.ofMinutes(2)),
          Topics.OUTCOMES,
          Topics.DEAD_LETTER,
          Topics.OPERATIONS);

  @Test
  void limitsEachTopicByItsOwnSetting() {
    var topics =
        new TopicFactory(
            settings(
                new RetentionBytes(
                    gigabytes(1),
                    gigabytes(2),
                    gigabytes(3),
                    gigabytes(4),
                    gigabytes(5),
                    gigabytes(6),
                    gigabytes(7),
                    gigabytes(8))));

    for (int i = 0; i < LIMITED.size(); i++) {
      NewTopic topic = topics.large(LIMITED.get(i), WEEK);
      assertThat(topic.configs())
          .as(topic.name())
          .containsEntry(
              TopicConfig.RETENTION_BYTES_CONFIG, Long.toString(gigabytes(i + 1).toBytes()))
          .containsEntry(TopicConfig.RETENTION_MS_CONFIG, Long.toString(WEEK.toMillis()));
    }
    assertThat(topics.deadLetters(Topics.DEAD_LETTER, WEEK).configs())
        .containsEntry(TopicConfig.RETENTION_BYTES_CONFIG, Long.toString(gigabytes(7).toBytes()));
    assertThat(topics.compacted(Topics.TENANTS).configs())
        .doesNotContainKey(TopicConfig.RETENTION_BYTES_CONFIG);
  }

  @Test
  void leavesATopicToItsTimeWhereNothingIsSet() {
    var topics = new TopicFactory(settings(requests(null)));

    for (String name : LIMITED) {
      assertThat(topics.large(name, WEEK).configs())
          .doesNotContainKeys(TopicConfig.RETENTION_BYTES_CONFIG, TopicConfig.SEGMENT_BYTES_CONFIG);
    }
  }

  @Test
  void makesSegmentsSmallEnoughToBeDeletedAndLargeEnoughForARecord() {
    assertThat(segment(gigabytes(4))).isEqualTo(DataSize.ofMegabytes(512).toBytes());
    assertThat(segment(gigabytes(100))).isEqualTo(gigabytes(1).toBytes());
    assertThat(segment(RetentionBytes.LEAST))
        .isEqualTo(DataSize.ofMegabytes(4).toBytes() + DataSize.ofKilobytes(512).toBytes());
  }

  /** A broker's clock must not say how long a mail waits. */
  @Test
  void keepsTheWorkersTimesOnRetryTopics() {
    var topics = new TopicFactory(settings(requests(null)));

    assertThat(topics.small(Topics.retry(Duration.ofMinutes(2)), WEEK).configs())
        .containsEntry(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
    assertThat(topics.large(Topics.REQUESTS, WEEK).configs())
        .doesNotContainKey(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG);
  }

  private static long segment(DataSize retention) {
    var topic = new TopicFactory(settings(requests(retention))).large(Topics.REQUESTS, WEEK);
    return Long.parseLong(topic.configs().get(TopicConfig.SEGMENT_BYTES_CONFIG));
  }

  private static RetentionBytes requests(@Nullable DataSize requests) {
    return new RetentionBytes(requests, null, null, null, null, null, null, null);
  }

  static TopicSettings settings(RetentionBytes retention) {
    return new TopicSettings(2, 1, (short) 1, 1, DataSize.ofMegabytes(4), retention, true);
  }

  private static DataSize gigabytes(long number) {
    return DataSize.ofGigabytes(number);
  }
}
