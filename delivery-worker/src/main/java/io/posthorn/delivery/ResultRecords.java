package io.posthorn.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.tracing.Span;
import io.posthorn.events.DeadLetter;
import io.posthorn.events.DeliveryOutcome;
import io.posthorn.events.EventJson;
import io.posthorn.events.RecordHeaders;
import io.posthorn.events.Topics;
import io.posthorn.tracing.RecordTracing;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Makes the records that follow from an attempt. All of them bear the headers of the mail's own
 * record and continue the attempt's trace.
 */
final class ResultRecords {
  private final RecordTracing tracing;

  ResultRecords(RecordTracing tracing) {
    this.tracing = tracing;
  }

  /** The mail's bytes, for its next attempt. */
  ProducerRecord<byte[], byte[]> retry(
      QueuedMail mail, Aftermath.TryAgain again, Instant began, Span span) {
    var headers =
        RecordHeaders.copyOf(mail.source().headers())
            .set(RecordHeaders.DUE_AT, again.slot().dueAt())
            .setAddresses(RecordHeaders.REMAINING_RECIPIENTS, again.remaining())
            .setAddresses(RecordHeaders.FAILED_RECIPIENTS, again.failed());
    if (again.counted()) {
      headers
          .set(RecordHeaders.ATTEMPT, mail.attempt())
          .set(RecordHeaders.FIRST_ATTEMPT_AT, mail.firstAttemptAt().orElse(began))
          .remove(RecordHeaders.PARKED_SINCE);
    } else {
      headers
          .set(RecordHeaders.PARKED_SINCE, mail.parkedSince().orElse(began))
          .set(RecordHeaders.PARKINGS, mail.parkings() + 1);
    }
    tracing.inject(span, headers);
    String topic = Topics.retry(again.slot().rung());
    return new ProducerRecord<>(topic, null, key(mail), mail.source().value(), headers.toKafka());
  }

  ProducerRecord<byte[], byte[]> outcome(QueuedMail mail, DeliveryOutcome outcome, Span span) {
    var headers = tracing.inject(span, RecordHeaders.copyOf(mail.source().headers()));
    return new ProducerRecord<>(
        Topics.OUTCOMES, null, key(mail), EventJson.write(outcome), headers.toKafka());
  }

  /** The record's bytes, whatever they are, with the letter beside them. */
  ProducerRecord<byte[], byte[]> deadLetter(
      ConsumerRecord<byte[], byte[]> source, DeadLetter letter, Span span) {
    ProducerRecord<byte[], byte[]> record = letter.toRecord(source);
    tracing.inject(span, RecordHeaders.of(record.headers()));
    return record;
  }

  private static byte[] key(QueuedMail mail) {
    return mail.request().messageId().toString().getBytes(UTF_8);
  }
}
