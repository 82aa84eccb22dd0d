package io.tallypost.audit.log;

import io.tallypost.audit.deadletter.StoredLetter;
import io.tallypost.audit.store.StorableText;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.audit.timeline.Fact;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.SmtpReply;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Turns a record into what is stored of it. */
final class RecordReader {
  private RecordReader() {}

  /** The meaning of a record's bytes. */
  sealed interface Reading {
    /** An event of a message. */
    record Read(TimelineEntry entry) implements Reading {}

    /** A dead letter; its content may be unreadable. */
    record Letter(StoredLetter letter) implements Reading {}

    /** An operator's action, and its part that belongs to a message, if any. */
    record Acted(OperatorAction action, @Nullable TimelineEntry entry) implements Reading {}

    /** An action on anything but a message. */
    record Logged(AdminEntry entry) implements Reading {}

    /** A kind of a later version; it is skipped. */
    record Unknown(String kind) implements Reading {}

    /** Not what its topic promises. */
    record Unreadable(String reason) implements Reading {}
  }

  static Reading read(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(Topics.DEAD_LETTER)) {
      return new Reading.Letter(StoredLetter.of(record));
    }
    try {
      return switch (record.topic()) {
        case Topics.REQUESTS -> of(EventJson.read(record.value(), SendRequested.class), record);
        case Topics.DECISIONS -> of(EventJson.read(record.value(), QuotaDecided.class), record);
        case Topics.OUTCOMES -> of(EventJson.read(record.value(), DeliveryOutcome.class), record);
        case Topics.OPERATIONS -> operation(EventJson.type(record.value()), record);
        default -> throw new IllegalArgumentException("not a topic of audit: " + record.topic());
      };
    } catch (UnreadableRecordException e) {
      return new Reading.Unreadable(String.valueOf(e.getMessage()));
    }
  }

  private static Reading operation(String type, ConsumerRecord<byte[], byte[]> record)
      throws UnreadableRecordException {
    return switch (type) {
      case OperatorAction.Replayed.TYPE,
          OperatorAction.Discarded.TYPE,
          OperatorAction.Redriven.TYPE ->
          of(EventJson.read(record.value(), OperatorAction.class), record);
      case AdminEntry.TYPE -> of(EventJson.read(record.value(), AdminEntry.class));
      default -> new Reading.Unknown(type);
    };
  }

  private static Reading of(AdminEntry entry) {
    return StorableTime.isPlausible(entry.occurredAt()) ? new Reading.Logged(entry) : implausible();
  }

  private static Reading of(SendRequested request, ConsumerRecord<byte[], byte[]> record) {
    var mail = request.mail();
    var recipients =
        Stream.of(
                recipients(mail.to(), Fact.Kind.TO),
                recipients(mail.cc(), Fact.Kind.CC),
                recipients(mail.bcc(), Fact.Kind.BCC))
            .flatMap(all -> all)
            .toList();
    var fact =
        new Fact.Requested(
            mail.from().address().value(),
            StorableText.ofNullable(mail.from().name()),
            StorableText.of(mail.subject()),
            recipients);
    return entry(request.context(), fact, record);
  }

  private static Stream<Fact.Recipient> recipients(List<Mailbox> mailboxes, Fact.Kind kind) {
    return mailboxes.stream().map(to -> new Fact.Recipient(to.address().value(), kind));
  }

  private static Reading of(QuotaDecided decided, ConsumerRecord<byte[], byte[]> record) {
    var policies =
        decided.policies().stream()
            .map(usage ->
                new Fact.Policy(
                    usage.policy().wireName(),
                    usage.limit(),
                    usage.used(),
                    usage.resetsAt(),
                    usage.violated()))
            .toList();
    return entry(
        decided.context(), new Fact.Decided(decided.verdict(), decided.units(), policies), record);
  }

  private static Reading of(DeliveryOutcome outcome, ConsumerRecord<byte[], byte[]> record) {
    return entry(outcome.context(), attempted(outcome), record);
  }

  private static Reading of(OperatorAction action, ConsumerRecord<byte[], byte[]> record) {
    EventContext message = action.message();
    if (message == null) {
      return StorableTime.isPlausible(action.act().occurredAt())
          ? new Reading.Acted(action, null)
          : implausible();
    }
    return entry(message, fact(action), record) instanceof Reading.Read(TimelineEntry entry)
        ? new Reading.Acted(action, entry)
        : implausible();
  }

  private static Fact fact(OperatorAction action) {
    String by = action.act().by().value();
    return switch (action) {
      case OperatorAction.Replayed replayed ->
          new Fact.Replayed(
              replayed.letterId(),
              by,
              replayed.recipients().stream().map(EmailAddress::value).toList(),
              StorableText.ofNullable(replayed.relay()));
      case OperatorAction.Redriven redriven ->
          new Fact.Redriven(by, redriven.topic().equals(Topics.REQUESTS));
      case OperatorAction.Discarded discarded ->
          new Fact.Discarded(discarded.letterId(), by, StorableText.of(discarded.reason()));
    };
  }

  private static Fact.AttemptResult attempted(DeliveryOutcome outcome) {
    return switch (outcome) {
      case DeliveryOutcome.Delivered delivered ->
          attempted(Fact.End.DELIVERED, outcome.attempt(), true, null, null, null, List.of());
      case DeliveryOutcome.Deferred deferred ->
          attempted(
              Fact.End.DEFERRED,
              outcome.attempt(),
              deferred.counted(),
              StorableTime.isPlausible(deferred.dueAt())
                  ? StorableTime.micros(deferred.dueAt())
                  : null,
              null,
              deferred.reason(),
              List.of());
      case DeliveryOutcome.Failed failed ->
          attempted(
              Fact.End.FAILED,
              outcome.attempt(),
              true,
              null,
              failed.category().wireName(),
              failed.reason(),
              failed.recipients());
    };
  }

  private static Fact.AttemptResult attempted(
      Fact.End end,
      DeliveryOutcome.Attempt attempt,
      boolean counted,
      @Nullable Instant dueAt,
      @Nullable String category,
      @Nullable String reason,
      List<EmailAddress> recipients) {
    return new Fact.AttemptResult(
        end,
        StorableText.of(attempt.relay()),
        attempt.results().stream().map(RecordReader::result).toList(),
        attempt.durationMs(),
        attempt.inDoubt(),
        counted,
        dueAt,
        category,
        StorableText.ofNullable(reason),
        recipients.stream().map(EmailAddress::value).toList(),
        attempt.costPerRecipient());
  }

  private static Fact.Result result(RecipientResult result) {
    Optional<SmtpReply> reply = Optional.ofNullable(result.reply());
    return new Fact.Result(
        result.recipient().value(),
        result.status(),
        reply.map(SmtpReply::code).orElse(null),
        reply.map(SmtpReply::enhancedCode).map(StorableText::of).orElse(null),
        reply.map(SmtpReply::text).map(StorableText::of).orElse(null),
        StorableText.ofNullable(result.error()));
  }

  private static Reading entry(
      EventContext context, Fact fact, ConsumerRecord<byte[], byte[]> record) {
    if (!StorableTime.isPlausible(context.acceptedAt())
        || !StorableTime.isPlausible(context.occurredAt())) {
      return implausible();
    }
    var headers = RecordHeaders.of(record.headers());
    return new Reading.Read(
        new TimelineEntry(
            inMicros(context),
            fact,
            headers.traceId().orElse(null),
            headers.text(RecordHeaders.REQUEST_ID).map(StorableText::of).orElse(null),
            record.partition(),
            record.offset()));
  }

  private static Reading implausible() {
    return new Reading.Unreadable("the event's times lie outside the years 2000 to 2199");
  }

  private static EventContext inMicros(EventContext context) {
    return new EventContext(
        context.v(),
        context.eventId(),
        context.messageId(),
        context.submissionId(),
        context.tenant(),
        context.apiKeyId(),
        context.mode(),
        context.lane(),
        StorableTime.micros(context.acceptedAt()),
        StorableTime.micros(context.occurredAt()),
        context.replayCount(),
        context.attempt());
  }
}
