package io.tallypost.delivery.consume;

import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A record as it was polled in one assignment of its partition. Two of them are never equal: a
 * partition that went away and came back brings its unfinished records anew.
 */
final class Polled {
  private final ConsumerRecord<byte[], byte[]> record;
  private final Place place;

  Polled(ConsumerRecord<byte[], byte[]> record) {
    this.record = record;
    this.place = new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
  }

  /** Where a record stands. */
  record Place(TopicPartition partition, long offset) {}

  ConsumerRecord<byte[], byte[]> record() {
    return record;
  }

  Place place() {
    return place;
  }

  TopicPartition partition() {
    return place.partition();
  }

  /**
   * Whether another, at the same place, is the same record in an earlier assignment. It is not
   * where the topic was made anew meanwhile.
   */
  boolean isSameRecordAs(Polled other) {
    return record.timestamp() == other.record.timestamp()
        && Arrays.equals(record.key(), other.record.key());
  }
}
