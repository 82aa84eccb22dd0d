package io.tallypost.kit.tracing;

import io.micrometer.tracing.Span;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * A record on its way to the broker.
 *
 * @param span of writing it; ended by {@link #send} or {@link #end}
 */
public record TracedRecord(ProducerRecord<byte[], byte[]> record, Span span) {

  /**
   * Sends it; the span ends with the broker's answer.
   *
   * @throws org.apache.kafka.common.KafkaException as the producer does
   */
  public Future<RecordMetadata> send(Producer<byte[], byte[]> producer) {
    return producer.send(
        record,
        (_, failure) -> {
          if (failure != null) {
            span.error(failure);
          }
          span.end();
        });
  }

  /** Ends the spans of records that somebody else has sent. */
  public static void end(List<TracedRecord> records) {
    records.forEach(one -> one.span().end());
  }

  /** Only the records. */
  public static List<ProducerRecord<byte[], byte[]>> records(List<TracedRecord> records) {
    return records.stream().map(TracedRecord::record).toList();
  }
}
