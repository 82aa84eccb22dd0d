package io.tallypost.delivery.courier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.tracing.Span;
import io.tallypost.delivery.Rungs;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Makes the records that follow an attempt. All carry the headers of the mail's own record and
 * continue the attempt's trace.
 */
final class OutcomeRecords {
  private final RecordTracing tracing;

  OutcomeRecords(RecordTracing tracing) {
    this.tracing = tracing;
  }

  /** The mail's bytes, for its next attempt. */
  Publishable retry(QueuedMail mail, NextStep.TryAgain again, Instant began, Span span) {
    return forms(
        span,
        List.of(() ->
            new ProducerRecord<>(
                again.stay().topic(),
                null,
                key(mail),
                mail.source().value(),
                headers(mail, again, began).toKafka())));
  }

  /** What the next attempt has to know. */
  static RecordHeaders headers(QueuedMail mail, NextStep.TryAgain again, Instant began) {
    var headers =
        RecordHeaders.copyOf(mail.source().headers())
            .setAddresses(RecordHeaders.REMAINING_RECIPIENTS, again.remaining())
            .setAddresses(RecordHeaders.FAILED_RECIPIENTS, again.failed());
    again
        .parking()
        .ifPresentOrElse(
            parking -> park(headers, mail, parking, again.stay(), began),
            () -> count(headers, mail, began));
    return again.stay().mark(headers);
  }

  private static void count(RecordHeaders headers, QueuedMail mail, Instant began) {
    headers
        .set(RecordHeaders.ATTEMPT, mail.attempt())
        .set(RecordHeaders.FIRST_ATTEMPT_AT, mail.firstAttemptAt().orElse(began))
        .remove(RecordHeaders.PARKED_SINCE)
        .remove(RecordHeaders.PARKED_REASON)
        .remove(RecordHeaders.REPORTED_UNTIL);
  }

  private static void park(
      RecordHeaders headers,
      QueuedMail mail,
      NextStep.Parking parking,
      Rungs.Stay stay,
      Instant began) {
    headers
        .set(RecordHeaders.PARKED_SINCE, mail.parkedSince().orElse(began))
        .set(RecordHeaders.PARKED_REASON, parking.reason().wireName())
        .set(RecordHeaders.PARKINGS, mail.parkings() + 1);
    if (parking.reported()) {
      headers.set(RecordHeaders.REPORTED_UNTIL, stay.backAt());
    }
  }

  /** The outcome, or what fits of it. */
  Publishable outcome(QueuedMail mail, DeliveryOutcome outcome, Span span) {
    var source = mail.source().headers();
    return forms(
        span,
        List.of(
            () -> outcome(mail, outcome, RecordHeaders.copyOf(source)),
            () -> outcome(mail, Shortened.withoutTexts(outcome), Shortened.headers(source)),
            () -> outcome(mail, Shortened.withoutResults(outcome), Shortened.headers(source)),
            () -> outcome(mail, Shortened.withoutRecipients(outcome), Shortened.headers(source))));
  }

  private static ProducerRecord<byte[], byte[]> outcome(
      QueuedMail mail, DeliveryOutcome outcome, RecordHeaders headers) {
    return new ProducerRecord<>(
        Topics.OUTCOMES, null, key(mail), EventJson.write(outcome), headers.toKafka());
  }

  /** The record's bytes unchanged, with the letter beside them; or else the letter alone. */
  Publishable deadLetter(ConsumerRecord<byte[], byte[]> source, DeadLetter letter, Span span) {
    return forms(
        span,
        List.of(
            () -> DeadLetterRecords.record(letter, source),
            () -> Shortened.record(letter, source),
            () -> Shortened.recordWithoutRecipients(letter, source)));
  }

  private Publishable forms(Span span, List<Supplier<ProducerRecord<byte[], byte[]>>> forms) {
    return new Publishable(
        forms.stream()
            .<Supplier<TracedRecord>>map(form -> () -> tracing.publish(span, form.get()))
            .toList());
  }

  private static byte[] key(QueuedMail mail) {
    return mail.request().messageId().toString().getBytes(UTF_8);
  }
}
