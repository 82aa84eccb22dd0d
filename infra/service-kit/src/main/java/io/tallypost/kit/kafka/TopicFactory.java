package io.tallypost.kit.kafka;

import io.tallypost.events.Topics;
import io.tallypost.kit.sizes.RecordSizeCheck;
import java.time.Duration;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.util.unit.DataSize;

/** Describes topics by the settings. */
public final class TopicFactory {
  private static final DataSize LARGEST_SEGMENT = DataSize.ofGigabytes(1);

  private final TopicSettings settings;

  TopicFactory(TopicSettings settings) {
    this.settings = settings;
  }

  /** A topic that every mail goes through. */
  public NewTopic large(String name, Duration retention) {
    return kept(name, settings.partitions(), retention);
  }

  /** Any other topic. */
  public NewTopic small(String name, Duration retention) {
    return kept(name, settings.smallPartitions(), retention);
  }

  /** A topic that keeps the latest value of each key. */
  NewTopic compacted(String name) {
    return topic(name, settings.smallPartitions())
        .compact()
        // A reader that was away for a day must still see what was deleted.
        .config(TopicConfig.DELETE_RETENTION_MS_CONFIG, millis(Duration.ofDays(7)))
        .build();
  }

  /** A topic for records of any other topic, with more headers. */
  NewTopic deadLetters(String name, Duration retention) {
    NewTopic topic = small(name, retention);
    long largest = settings.maxRecord().toBytes() + RecordSizeCheck.HEADER_ROOM.toBytes();
    topic.configs().put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.toString(largest));
    return topic;
  }

  private NewTopic kept(String name, int partitions, Duration retention) {
    NewTopic topic =
        topic(name, partitions).config(TopicConfig.RETENTION_MS_CONFIG, millis(retention)).build();
    settings.retentionBytes().of(name).ifPresent(bytes -> limit(topic, bytes.toBytes()));
    if (Topics.isRetry(name)) {
      // A stay is measured by the clock of the workers, whatever the brokers' default is.
      topic.configs().put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime");
    }
    return topic;
  }

  private void limit(NewTopic topic, long bytes) {
    topic.configs().put(TopicConfig.RETENTION_BYTES_CONFIG, Long.toString(bytes));
    // Kafka deletes whole segments, and never the newest. By default one has 1 GB.
    long segment = Math.clamp(bytes / 8, smallestSegment(), LARGEST_SEGMENT.toBytes());
    topic.configs().put(TopicConfig.SEGMENT_BYTES_CONFIG, Long.toString(segment));
  }

  /** It must hold a batch of records, which may be as large as a record. */
  private long smallestSegment() {
    long largest = settings.maxRecord().toBytes() + RecordSizeCheck.HEADER_ROOM.toBytes();
    return Math.clamp(largest, RetentionBytes.LEAST.toBytes() / 8, LARGEST_SEGMENT.toBytes());
  }

  private TopicBuilder topic(String name, int partitions) {
    return TopicBuilder.name(name)
        .partitions(partitions)
        .replicas(settings.replicationFactor())
        .config(
            TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(settings.minInsyncReplicas()))
        .config(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.toString(settings.maxRecord().toBytes()))
        .config(TopicConfig.SEGMENT_MS_CONFIG, millis(Duration.ofDays(1)));
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }
}
