package io.tallypost.delivery.consume;

import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A record as polled in one assignment of its partition. Two of them are never equal: a partition
 * that leaves and returns brings its unfinished records again.
 */
final class Polled {
  /**
   * A mail's memory as a multiple of its record. Measured on a heap after a full collection, for
   * mails of 5 KB to 2 MB in English, German and Japanese: the record once, the request read from
   * it 0.9 to 1.1 times, the composed mail 1.0 to 1.4 times, together 3.0 to 3.4. Reading and
   * composing need more for a moment, but few mails do so at once.
   */
  private static final int MULTIPLE = 5;

  /** Being parked, it is read, and copied for the retry topic. */
  private static final int PARKED_MULTIPLE = 2;

  /** What the smallest mail takes. */
  private static final int LEAST = 4096;

  private final ConsumerRecord<byte[], byte[]> record;
  private final Place place;
  private final Sender sender;
  private final long sinceNanos;

  // Written by the thread that works on it, and read when it is begun again: the window's queues
  // are between them.
  private int failures;
  private boolean maybeSent;

  /**
   * Takes note of a record.
   *
   * @param nowNanos when it was polled
   */
  Polled(ConsumerRecord<byte[], byte[]> record, long nowNanos) {
    this.record = record;
    this.place = new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
    this.sender = Sender.of(record.value());
    this.sinceNanos = nowNanos;
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

  Sender sender() {
    return sender;
  }

  /** How much memory it takes while it is sent. */
  long bytes() {
    return bytes(MULTIPLE);
  }

  /** How much it takes while it waits. */
  long waitingBytes() {
    return bytes(1);
  }

  /** How much more than {@link #waitingBytes} it takes while it is parked. */
  long parkingBytes() {
    return bytes(PARKED_MULTIPLE);
  }

  private long bytes(int multiple) {
    return LEAST + (long) multiple * (record.value() == null ? 0 : record.value().length);
  }

  /** How long it has been here. */
  long ageNanos(long nowNanos) {
    return nowNanos - sinceNanos;
  }

  /** An attempt failed for a reason that nobody foresaw; perhaps after the relay took the mail. */
  void failed(boolean perhapsSent) {
    maybeSent |= perhapsSent;
    failures++;
  }

  /** Takes over what is known of the same record from an earlier assignment. */
  void failedAs(Polled earlier) {
    failedBefore(earlier.failures, earlier.maybeSent);
  }

  /** Attempts in an earlier assignment failed so often; perhaps after the relay took the mail. */
  void failedBefore(int times, boolean perhapsSent) {
    failures = Math.max(failures, times);
    maybeSent |= perhapsSent;
  }

  int failures() {
    return failures;
  }

  /** Whether a relay may have the mail, without a result of that. */
  boolean isMaybeSent() {
    return maybeSent;
  }

  /**
   * What tells records at the same place apart, if the topic was created again in between. It does
   * not hold the mail.
   */
  record Identity(long timestamp, @Nullable ByteBuffer key) {}

  Identity identity() {
    byte[] key = record.key();
    return new Identity(record.timestamp(), key == null ? null : ByteBuffer.wrap(key));
  }

  /** Whether another one at the same place is the same record in another assignment. */
  boolean isSameRecordAs(Polled other) {
    return identity().equals(other.identity());
  }
}
