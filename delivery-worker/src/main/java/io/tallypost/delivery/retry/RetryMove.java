package io.tallypost.delivery.retry;

import io.tallypost.delivery.Rungs;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.kafka.DeadLetterRecords;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Where a record goes whose stay on a retry topic is over. Pure. */
final class RetryMove {
  private RetryMove() {}

  /**
   * The record to write: on another retry topic if the mail is wanted later, in its lane's queue if
   * it is wanted now, or a dead letter if it cannot be read.
   */
  static ProducerRecord<byte[], byte[]> of(
      ConsumerRecord<byte[], byte[]> record, Rungs rungs, Instant now) {
    var headers = RecordHeaders.of(record.headers());
    // A stay may end before the time that its header names, and mail is never early. But each hop
    // has a stay of its own, so only the first stay's end counts, which a hop keeps.
    return headers
        .instant(RecordHeaders.RETRY_AT)
        .or(() -> headers.instant(RecordHeaders.DUE_AT))
        .filter(wanted -> wanted.isAfter(now))
        .map(wanted -> hop(record, rungs.stay(wanted, now)))
        .orElseGet(() -> backInItsQueue(record));
  }

  private static ProducerRecord<byte[], byte[]> hop(
      ConsumerRecord<byte[], byte[]> record, Rungs.Stay stay) {
    var headers =
        stay.mark(RecordHeaders.copyOf(record.headers()))
            .set(RecordHeaders.RETRY_AT, stay.retryAt());
    return new ProducerRecord<>(
        stay.topic(), null, record.key(), record.value(), headers.toKafka());
  }

  private static ProducerRecord<byte[], byte[]> backInItsQueue(
      ConsumerRecord<byte[], byte[]> record) {
    try {
      var request = EventJson.read(record.value(), SendRequested.class);
      var headers =
          RecordHeaders.copyOf(record.headers())
              .set(RecordHeaders.ORIGIN, "retry")
              .remove(RecordHeaders.DUE_AT)
              .remove(RecordHeaders.RETRY_AT);
      String topic = Topics.approved(request.context().lane());
      return new ProducerRecord<>(topic, null, record.key(), record.value(), headers.toKafka());
    } catch (UnreadableRecordException e) {
      return DeadLetterRecords.poisonRecord(record, Objects.toString(e.getMessage()));
    }
  }
}
