package io.tallypost.audit.unaccounted;

import io.micrometer.tracing.Span;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.ApiKeyId;
import io.tallypost.events.EventContext;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.TenantId;
import io.tallypost.events.Topics;
import io.tallypost.tracing.RecordTracing;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Puts unaccounted messages back in a queue, with the bytes of their requests: in quota's if
 * nothing was decided (quota recognises a submission that it has decided, and only repeats its
 * verdict), else in the workers'. If such a mail was only late, its recipients get a copy, with the
 * same Message-ID.
 */
@Component
class Redrives {
  private static final int CHUNK = 50;

  private final TransactionTemplate transaction;
  private final UnaccountedMessages messages;
  private final OperatorKafka kafka;
  private final RecordTracing tracing;
  private final AdminLog adminLog;
  private final InstantSource clock;

  Redrives(
      PlatformTransactionManager transactions,
      UnaccountedMessages messages,
      OperatorKafka kafka,
      RecordTracing tracing,
      AdminLog adminLog,
      InstantSource clock) {
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("redrive");
    this.messages = messages;
    this.kafka = kafka;
    this.tracing = tracing;
    this.adminLog = adminLog;
    this.clock = clock;
  }

  /** A message that was not redriven, and why. */
  record Skipped(UUID id, String reason) {}

  /** The result of a redrive. */
  record Done(List<UUID> redriven, List<Skipped> skipped) {}

  /**
   * Redrives those of the messages that are unaccounted for.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked; what was
   *     done before stays done
   * @throws org.apache.kafka.common.KafkaException if Kafka cannot be told
   */
  Done redrive(List<UUID> ids, ApiKeyId by) {
    var done = new Done(new ArrayList<>(), new ArrayList<>());
    List<UUID> distinct = ids.stream().distinct().toList();
    try (var archive = new RequestArchive(kafka)) {
      for (int from = 0; from < distinct.size(); from += CHUNK) {
        List<UUID> chunk = distinct.subList(from, Math.min(from + CHUNK, distinct.size()));
        // Kafka inside the transaction: a second caller waits, then finds them heard of.
        Done some =
            Objects.requireNonNull(transaction.execute(status -> chunk(chunk, archive, by)));
        done.redriven().addAll(some.redriven());
        done.skipped().addAll(some.skipped());
      }
    }
    return done;
  }

  private Done chunk(List<UUID> ids, RequestArchive archive, ApiKeyId by) {
    var redriveId = UUID.randomUUID();
    Instant now = StorableTime.micros(clock.instant());
    var done = new Done(new ArrayList<>(), new ArrayList<>());
    Set<UUID> left = new HashSet<>(ids);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (UnaccountedMessage message : messages.lock(ids)) {
      left.remove(message.id());
      Optional<RequestArchive.Found> found = archive.find(message);
      var recipients = messages.recipients(message);
      if (found.isEmpty()) {
        done.skipped().add(new Skipped(message.id(), "its request is no longer in Kafka"));
      } else if (recipients.open().isEmpty()) {
        done.skipped().add(new Skipped(message.id(), "it is for nobody any more"));
      } else {
        records.addAll(records(message, found.get(), recipients, redriveId, now, by));
        messages.touch(message, now);
        adminLog.add(
            now,
            by,
            "message.redriven",
            message.id(),
            new TenantId(message.tenant()),
            message.status());
        done.redriven().add(message.id());
      }
    }
    left.forEach(id -> done.skipped().add(new Skipped(id, "it is not unaccounted for")));
    if (!records.isEmpty()) {
      kafka.publish("redrive-" + redriveId, records);
    }
    return done;
  }

  private List<ProducerRecord<byte[], byte[]>> records(
      UnaccountedMessage message,
      RequestArchive.Found found,
      UnaccountedMessages.Recipients recipients,
      UUID redriveId,
      Instant now,
      ApiKeyId by) {
    EventContext context = found.request().context();
    var headers =
        RecordHeaders.copyOf(found.record().headers())
            // Nobody waits for the verdict any more.
            .remove(RecordHeaders.REPLY_TO)
            .set(RecordHeaders.ORIGIN, "redrive");
    if (!message.isUndecided()) {
      // It continues where it was lost, as far as that is known.
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
    }
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
}
