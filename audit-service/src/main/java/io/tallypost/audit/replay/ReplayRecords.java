package io.tallypost.audit.replay;

import io.micrometer.tracing.Span;
import io.tallypost.audit.deadletter.Letter;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.events.EventJson;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.stereotype.Component;

/**
 * Turns a dead letter into the record that replays it: a mail goes to the queue that quota would
 * choose, anything else to the topic it was read from, so that nothing bypasses quota.
 */
@Component
class ReplayRecords {
  /** Headers of a letter that were not in the dead record. */
  private static final List<String> OF_THE_LETTER =
      List.of(
          RecordHeaders.CATEGORY,
          RecordHeaders.REASON,
          RecordHeaders.ATTEMPTS,
          RecordHeaders.SOURCE_TOPIC,
          RecordHeaders.SOURCE_PARTITION,
          RecordHeaders.SOURCE_OFFSET,
          RecordHeaders.MESSAGE,
          RecordHeaders.FAILED_RECIPIENTS);

  /** Headers of the mail's earlier attempts, which do not apply to the next. */
  private static final List<String> OF_EARLIER_ATTEMPTS =
      List.of(
          RecordHeaders.ATTEMPT,
          RecordHeaders.DUE_AT,
          RecordHeaders.RETRY_AT,
          RecordHeaders.FIRST_ATTEMPT_AT,
          RecordHeaders.PARKED_SINCE,
          RecordHeaders.PARKED_REASON,
          RecordHeaders.REPORTED_UNTIL,
          RecordHeaders.PARKINGS,
          RecordHeaders.RELAY);

  /** Topics to which an unreadable record may return, beside the retry topics. */
  private static final Set<String> SOURCES =
      Set.of(
          Topics.REQUESTS,
          Topics.DECISIONS,
          Topics.APPROVED,
          Topics.APPROVED_BULK,
          Topics.OUTCOMES,
          Topics.OPERATIONS);

  private static final String RETRY = "mail.retry.";

  private final RecordTracing tracing;

  ReplayRecords(RecordTracing tracing) {
    this.tracing = tracing;
  }

  /** The record, and the operation about it. */
  record Replay(
      Letter letter,
      ProducerRecord<byte[], byte[]> record,
      ProducerRecord<byte[], byte[]> operation) {}

  /**
   * Makes the records.
   *
   * @param topics those that exist
   * @return nothing where the letter has nowhere to go or no bytes, or is for none of the job's
   *     recipients
   */
  Optional<Replay> of(Letters.Claimed claimed, ReplayJob job, Set<String> topics, Instant now) {
    Letter letter = claimed.letter();
    if (claimed.content().value() == null) {
      return Optional.empty();
    }
    ConsumerRecord<byte[], byte[]> dead = claimed.content().record(letter.source());
    Span span = tracing.consume("dead letter replay", dead);
    try {
      var headers = RecordHeaders.copyOf(dead.headers());
      OF_THE_LETTER.forEach(headers::remove);
      tracing.inject(span, headers);
      return letter.isMail()
          ? mail(letter, dead, headers, job, now)
          : unreadable(letter, dead, headers, job, topics, now);
    } finally {
      span.end();
    }
  }

  private static Optional<Replay> mail(
      Letter letter,
      ConsumerRecord<byte[], byte[]> dead,
      RecordHeaders headers,
      ReplayJob job,
      Instant now) {
    var recipients =
        letter.recipients().stream()
            .map(EmailAddress::new)
            .filter(to -> job.recipients().isEmpty() || job.recipients().contains(to))
            .toList();
    if (recipients.isEmpty()) {
      return Optional.empty();
    }
    SendRequested request;
    try {
      request = EventJson.read(dead.value(), SendRequested.class);
    } catch (UnreadableRecordException e) {
      return Optional.empty();
    }
    int replayCount = letter.replayCount() + 1;
    OF_EARLIER_ATTEMPTS.forEach(headers::remove);
    headers
        .set(RecordHeaders.ORIGIN, "replay")
        .set(RecordHeaders.REPLAY_COUNT, replayCount)
        .set(RecordHeaders.AGE_FROM, now)
        .setAddresses(RecordHeaders.REMAINING_RECIPIENTS, recipients);
    if (job.relayId() != null) {
      headers.set(RecordHeaders.RELAY, job.relayId());
    }
    String topic = Topics.approved(request.context().lane());
    var action =
        OperatorAction.Replayed.of(
            letter.id(),
            job.id(),
            now,
            job.createdBy(),
            topic,
            recipients,
            job.relayId(),
            request.context(),
            replayCount);
    return Optional.of(replay(letter, topic, dead, headers, action));
  }

  private static Optional<Replay> unreadable(
      Letter letter,
      ConsumerRecord<byte[], byte[]> dead,
      RecordHeaders headers,
      ReplayJob job,
      Set<String> topics,
      Instant now) {
    String topic = letter.source().topic();
    if (!topics.contains(topic) || !(SOURCES.contains(topic) || topic.startsWith(RETRY))) {
      return Optional.empty();
    }
    var action =
        OperatorAction.Replayed.unreadable(letter.id(), job.id(), now, job.createdBy(), topic);
    return Optional.of(replay(letter, topic, dead, headers, action));
  }

  private static Replay replay(
      Letter letter,
      String topic,
      ConsumerRecord<byte[], byte[]> dead,
      RecordHeaders headers,
      OperatorAction action) {
    return new Replay(
        letter,
        new ProducerRecord<>(topic, null, dead.key(), dead.value(), headers.toKafka()),
        OperatorKafka.operation(action, headers));
  }
}
