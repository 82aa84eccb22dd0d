package io.tallypost.delivery.courier;

import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.delivery.RetrySchedule;
import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;

/** A mail to Bob and Carol, and what follows from an attempt. */
final class Attempts {
  static final RetrySchedule SCHEDULE =
      new RetrySchedule(
          List.of(Duration.ofSeconds(30)), Duration.ofMinutes(10), Duration.ofDays(1));
  static final Instant AT_MAX_AGE = NOON.plus(Duration.ofDays(1));

  private Attempts() {}

  static NextStep after(RecordHeaders headers, Instant now, Fault fault, Status... statuses) {
    try {
      QueuedMail mail = queued(headers);
      List<RecipientResult> results =
          IntStream.range(0, statuses.length)
              .mapToObj(i ->
                  new RecipientResult(
                      mail.recipients().get(i), statuses[i], reply(statuses[i]), null))
              .toList();
      return NextStep.of(
          mail, new AttemptResult(fault, results), SCHEDULE, mail.ageFrom(), now, 0.5);
    } catch (UnreadableRecordException e) {
      throw new IllegalStateException(e);
    }
  }

  static SmtpReply reply(Status status) {
    return switch (status) {
      case DELIVERED -> new SmtpReply(250, "2.1.5", "taken");
      case DEFERRED -> new SmtpReply(451, "4.7.1", "later");
      case FAILED -> new SmtpReply(550, "5.1.1", "unknown");
    };
  }

  static QueuedMail queued(RecordHeaders headers) throws UnreadableRecordException {
    return QueuedMail.read(
        new ConsumerRecord<>(
            "mail.approved.v1",
            0,
            7,
            0,
            TimestampType.CREATE_TIME,
            0,
            0,
            "key".getBytes(UTF_8),
            EventJson.write(Examples.sendRequested()),
            headers.toKafka(),
            Optional.empty()));
  }
}
