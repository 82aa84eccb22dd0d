package io.tallypost.delivery.courier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What is left of a record that no topic takes in full, so that a mail's end is told nevertheless.
 * Mail that intake took is never too large; but records come from operators' tools too, and a
 * topic's limit may be changed at the brokers. Pure.
 */
final class Shortened {
  private Shortened() {}

  /** An outcome without the relays' words. */
  static DeliveryOutcome withoutTexts(DeliveryOutcome outcome) {
    return with(
        outcome,
        attempt ->
            attempt(attempt, attempt.results().stream().map(Shortened::withoutText).toList()),
        false);
  }

  private static RecipientResult withoutText(RecipientResult result) {
    SmtpReply reply = result.reply();
    return new RecipientResult(
        result.recipient(),
        result.status(),
        reply == null ? null : new SmtpReply(reply.code(), reply.enhancedCode(), ""),
        null);
  }

  /** An outcome that names only those who do not have the mail when it has failed. */
  static DeliveryOutcome withoutResults(DeliveryOutcome outcome) {
    return with(outcome, attempt -> attempt(attempt, List.of()), false);
  }

  /** An outcome that says only how the attempt ended. */
  static DeliveryOutcome withoutRecipients(DeliveryOutcome outcome) {
    return with(outcome, attempt -> attempt(attempt, List.of()), true);
  }

  private static DeliveryOutcome.Attempt attempt(
      DeliveryOutcome.Attempt attempt, List<RecipientResult> results) {
    return new DeliveryOutcome.Attempt(
        attempt.relay(),
        results,
        attempt.durationMs(),
        attempt.inDoubt(),
        attempt.costPerRecipient());
  }

  private static DeliveryOutcome with(
      DeliveryOutcome outcome,
      UnaryOperator<DeliveryOutcome.Attempt> shortened,
      boolean withoutRecipients) {
    var attempt = shortened.apply(outcome.attempt());
    return switch (outcome) {
      case DeliveryOutcome.Delivered delivered ->
          new DeliveryOutcome.Delivered(delivered.context(), attempt);
      case DeliveryOutcome.Deferred deferred ->
          new DeliveryOutcome.Deferred(
              deferred.context(), attempt, deferred.dueAt(), deferred.reason(), deferred.counted());
      case DeliveryOutcome.Failed failed ->
          new DeliveryOutcome.Failed(
              failed.context(),
              attempt,
              failed.category(),
              failed.reason(),
              withoutRecipients ? List.of() : failed.recipients());
    };
  }

  /** The headers that a reader of results looks at. */
  static RecordHeaders headers(Headers source) {
    var all = RecordHeaders.of(source);
    var few = RecordHeaders.empty();
    for (String name : List.of(RecordHeaders.TRACEPARENT, RecordHeaders.REQUEST_ID)) {
      all.text(name).filter(text -> text.length() <= 256).ifPresent(text -> few.set(name, text));
    }
    all.count(RecordHeaders.REPLAY_COUNT)
        .ifPresent(count -> few.set(RecordHeaders.REPLAY_COUNT, count));
    return few;
  }

  /**
   * A letter without the record's bytes; it names the place where they are, and whose mail it is.
   */
  static ProducerRecord<byte[], byte[]> record(
      DeadLetter letter, ConsumerRecord<byte[], byte[]> source) {
    return record(letter, letter.recipients(), source);
  }

  /** As {@link #record(DeadLetter, ConsumerRecord)}, for nobody in particular. */
  static ProducerRecord<byte[], byte[]> recordWithoutRecipients(
      DeadLetter letter, ConsumerRecord<byte[], byte[]> source) {
    return record(letter, List.of(), source);
  }

  private static ProducerRecord<byte[], byte[]> record(
      DeadLetter letter, List<EmailAddress> recipients, ConsumerRecord<byte[], byte[]> source) {
    var shortened =
        new DeadLetter(
            letter.category(),
            letter.reason() + "; too large for this topic, its bytes are only at its source",
            letter.attempts(),
            letter.sourceTopic(),
            letter.sourcePartition(),
            letter.sourceOffset(),
            recipients);
    var headers = shortened.besides(headers(source.headers()).toKafka());
    Optional<EventContext> message = message(letter, source);
    message.ifPresent(
        mail -> headers.set(RecordHeaders.MESSAGE, new String(EventJson.write(mail), UTF_8)));
    byte @Nullable [] nothing = null;
    return new ProducerRecord<>(
        Topics.DEAD_LETTER,
        null,
        message.map(mail -> mail.messageId().toString().getBytes(UTF_8)).orElse(nothing),
        nothing,
        headers.toKafka());
  }

  /** The mail's common fields, as the record's bytes have them; only a mail's letter has some. */
  private static Optional<EventContext> message(
      DeadLetter letter, ConsumerRecord<byte[], byte[]> source) {
    if (letter.recipients().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(EventJson.read(source.value(), SendRequested.class).context());
    } catch (UnreadableRecordException e) {
      return Optional.empty();
    }
  }
}
