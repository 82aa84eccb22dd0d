package io.tallypost.kit.kafka;

import io.tallypost.events.Topics;
import java.time.Duration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.core.KafkaAdmin;

/** Creates the topics at the start of whichever service comes first. */
@AutoConfiguration
@EnableConfigurationProperties(TopicSettings.class)
public class TopicsConfiguration {
  /** The longest time that any record is kept; an idle group's offsets must outlive it. */
  static final Duration LONGEST_RETENTION = Duration.ofDays(90);

  @Bean
  TopicFactory topicFactory(TopicSettings settings) {
    return new TopicFactory(settings);
  }

  @Bean
  KafkaAdmin.NewTopics tallypostTopics(TopicFactory topics) {
    return new KafkaAdmin.NewTopics(
        topics.large(Topics.REQUESTS, Duration.ofDays(14)),
        topics.large(Topics.DECISIONS, Duration.ofDays(30)),
        topics.large(Topics.APPROVED, Duration.ofDays(14)),
        topics.large(Topics.APPROVED_BULK, Duration.ofDays(14)),
        topics.large(Topics.OUTCOMES, Duration.ofDays(30)),
        topics.deadLetters(Topics.DEAD_LETTER, LONGEST_RETENTION),
        topics.small(Topics.OPERATIONS, LONGEST_RETENTION),
        topics.small(Topics.RELAY_TESTS, Duration.ofHours(1)),
        topics.small(Topics.RELAY_TEST_RESULTS, Duration.ofHours(1)),
        topics.compacted(Topics.API_KEYS),
        topics.compacted(Topics.TENANTS),
        topics.compacted(Topics.RELAYS));
  }

  @Bean
  OffsetsRetentionCheck offsetsRetentionCheck(KafkaAdmin admin, TopicSettings settings) {
    return new OffsetsRetentionCheck(admin, settings);
  }
}
