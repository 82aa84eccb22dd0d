package io.tallypost.kit.kafka;

import org.springframework.util.unit.DataSize;

/**
 * Checks that each mail that is accepted fits into every record that follows from it. Else it would
 * be refused, or end as a dead letter, after its sender was told otherwise.
 */
final class RecordSizeCheck {
  private RecordSizeCheck() {}

  /**
   * Compares the limits. Pure.
   *
   * @param maxBody the largest request body
   * @param maxRecord the largest record of a topic
   * @param maxRequestSize the producers' {@code max.request.size}
   * @throws IllegalStateException if they contradict each other
   */
  static void check(DataSize maxBody, DataSize maxRecord, DataSize maxRequestSize) {
    long room = TopicFactory.HEADER_ROOM.toBytes();
    if (maxRecord.toBytes() < maxBody.toBytes() + room) {
      throw new IllegalStateException(
          "tallypost.topics.max-record is %d bytes and must be at least %d: %d more than tallypost.web.max-body, for what services add to a mail"
              .formatted(maxRecord.toBytes(), maxBody.toBytes() + room, room));
    }
    if (maxRequestSize.toBytes() < maxRecord.toBytes() + room) {
      throw new IllegalStateException(
          "spring.kafka.producer.properties.max.request.size is %d bytes and must be at least %d: %d more than tallypost.topics.max-record, for a dead letter's headers"
              .formatted(maxRequestSize.toBytes(), maxRecord.toBytes() + room, room));
    }
  }
}
