package io.tallypost.audit.unaccounted;

import io.micrometer.tracing.Span;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.events.EventContext;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Decides whether a message is redriven, and makes the records: its request for the queue in which
 * it was lost, and the operation that tells of it.
 */
final class RedriveRecords {
  private final RecordTracing tracing;

  RedriveRecords(RecordTracing tracing) {
    this.tracing = tracing;
  }

  /** Why a message is left alone; nothing where it is to be redriven. Pure. */
  static Optional<String> whyNot(
      Optional<RequestArchive.Found> found, UnaccountedMessages.Recipients recipients) {
    if (found.isEmpty()) {
      return Optional.of("its request is no longer in Kafka");
    }
    return recipients.open().isEmpty()
        ? Optional.of("it is for nobody any more")
        : Optional.empty();
  }

  List<ProducerRecord<byte[], byte[]>> of(
      UnaccountedMessage message,
      RequestArchive.Found found,
      UnaccountedMessages.Recipients recipients,
      UUID redriveId,
      Instant now,
      ApiKeyId by) {
    EventContext context = found.request().context();
    var headers = headers(message, found, recipients, now);
    Span span = tracing.consume("message redrive", found.record());
    tracing.inject(span, headers);
    span.end();
    String topic = message.isUndecided() ? Topics.REQUESTS : Topics.approved(context.lane());
    var action =
        OperatorAction.Redriven.of(
            redriveId, now, by, topic, context, message.replayCount(), message.attempt());
    return List.of(
        new ProducerRecord<>(
            topic, null, found.record().key(), found.record().value(), headers.toKafka()),
        OperatorKafka.operation(action, headers));
  }

  private static RecordHeaders headers(
      UnaccountedMessage message,
      RequestArchive.Found found,
      UnaccountedMessages.Recipients recipients,
      Instant now) {
    var headers =
        RecordHeaders.copyOf(found.record().headers())
            // Nobody waits for the verdict any more.
            .remove(RecordHeaders.REPLY_TO)
            .set(RecordHeaders.ORIGIN, "redrive");
    if (message.isUndecided()) {
      return headers;
    }
    // It goes on where it was lost, as far as that is known.
    headers
        .set(RecordHeaders.AGE_FROM, now)
        .set(RecordHeaders.ATTEMPT, message.attempt())
        .setAddresses(RecordHeaders.REMAINING_RECIPIENTS, recipients.open())
        .setAddresses(RecordHeaders.FAILED_RECIPIENTS, recipients.failed());
    if (message.replayCount() > 0) {
      headers.set(RecordHeaders.REPLAY_COUNT, message.replayCount());
    }
    if (message.relay() != null) {
      headers.set(RecordHeaders.RELAY, message.relay());
    }
    return headers;
  }
}
