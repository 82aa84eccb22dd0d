package io.tallypost.audit.operator;

import io.tallypost.audit.log.Wire;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mode;
import io.tallypost.mail.SmtpReply;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.kafka.core.KafkaTemplate;

/** The services before audit: what they write to Kafka about the mail of one tenant. */
public final class Upstream {
  private final TenantId tenant;
  private final KafkaTemplate<byte[], byte[]> kafka;

  Upstream(TenantId tenant, KafkaTemplate<byte[], byte[]> kafka) {
    this.tenant = tenant;
    this.kafka = kafka;
  }

  /** A request of the tenant, which is nowhere yet. */
  public SendRequested request(EmailAddress... to) {
    return request(Instant.now().truncatedTo(ChronoUnit.MICROS), to);
  }

  /** A request that was accepted at this time. */
  public SendRequested request(Instant at, EmailAddress... to) {
    var mail = to.length == 1 ? Examples.mailTo(to[0]) : Examples.MAIL;
    var example = Examples.sendRequested(MessageId.next(at), SubmissionId.next(at), mail, 1000);
    var c = example.context();
    var context =
        EventContext.accepted(
            c.messageId(), c.submissionId(), tenant, c.apiKeyId(), c.mode(), c.lane(), at);
    return new SendRequested(context, example.fingerprint(), true, example.limits(), mail);
  }

  /** The same, of a key of this mode. */
  public SendRequested inMode(Mode mode, SendRequested request) {
    var c = request.context();
    var context =
        EventContext.accepted(
            c.messageId(),
            c.submissionId(),
            c.tenant(),
            c.apiKeyId(),
            mode,
            c.lane(),
            c.acceptedAt());
    return new SendRequested(
        context, request.fingerprint(), request.keyed(), request.limits(), request.mail());
  }

  /** Intake accepts. */
  public SendRequested accept(SendRequested request) {
    send(record(Topics.REQUESTS, request, EventJson.write(request)));
    return request;
  }

  /** Quota says yes. */
  public void approve(SendRequested request) {
    send(decision(request, QuotaDecided.Verdict.APPROVED));
  }

  /** The sender repeats an approved mail, at once after it, so often. */
  public void repeat(SendRequested request, int times) {
    var c = request.context();
    List<CompletableFuture<?>> sent = new ArrayList<>();
    for (int n = 1; n <= times; n++) {
      Instant at = c.acceptedAt().plusMillis(n);
      var context =
          EventContext.accepted(
              c.messageId(),
              SubmissionId.next(at),
              c.tenant(),
              c.apiKeyId(),
              c.mode(),
              c.lane(),
              at);
      var again =
          new SendRequested(context, request.fingerprint(), true, request.limits(), request.mail());
      sent.add(kafka.send(record(Topics.REQUESTS, again, EventJson.write(again))));
      sent.add(kafka.send(decision(again, QuotaDecided.Verdict.REPLAYED)));
    }
    sent.forEach(CompletableFuture::join);
  }

  private static ProducerRecord<byte[], byte[]> decision(
      SendRequested request, QuotaDecided.Verdict verdict) {
    var context = request.context();
    var decided =
        new QuotaDecided(
            context.next(QuotaDecided.TYPE, context.acceptedAt().plusMillis(5), 0, 0),
            verdict,
            request.mail().recipients().size(),
            List.of(),
            null);
    return record(Topics.DECISIONS, request, EventJson.write(decided));
  }

  /** A worker delivers. */
  public void deliver(SendRequested request, int replayCount) {
    var results =
        request.mail().recipients().stream()
            .map(to ->
                new RecipientResult(
                    to, RecipientResult.Status.DELIVERED, new SmtpReply(250, null, "Ok"), null))
            .toList();
    var delivered =
        new DeliveryOutcome.Delivered(
            request.context().next(DeliveryOutcome.Delivered.TYPE, Instant.now(), replayCount, 1),
            new DeliveryOutcome.Attempt("default", results, 9, false, Examples.COST));
    send(record(Topics.OUTCOMES, request, EventJson.write(delivered)));
  }

  /**
   * A worker puts the mail off.
   *
   * @param counted whether the relay was asked
   */
  public void attempted(SendRequested request, String relay, Instant at, boolean counted) {
    var results =
        request.mail().recipients().stream()
            .map(to ->
                new RecipientResult(
                    to, RecipientResult.Status.DEFERRED, new SmtpReply(451, null, "Later"), null))
            .toList();
    var deferred =
        new DeliveryOutcome.Deferred(
            request.context().next(DeliveryOutcome.Deferred.TYPE, at, 0, 1),
            new DeliveryOutcome.Attempt(relay, results, 9, false, Examples.COST),
            at.plusSeconds(30),
            counted ? "deferred by the relay" : "left in peace",
            counted);
    send(record(Topics.OUTCOMES, request, EventJson.write(deferred)));
  }

  /** A worker gives up, and writes the letter. */
  public void die(SendRequested request, DeadLetter.Category category, int code, int replayCount) {
    var context = request.context();
    Instant at = context.acceptedAt().plusSeconds(100L * replayCount);
    List<EmailAddress> recipients = request.mail().recipients();
    var results =
        recipients.stream()
            .map(to ->
                new RecipientResult(
                    to, RecipientResult.Status.FAILED, new SmtpReply(code, null, "No"), null))
            .toList();
    var failed =
        new DeliveryOutcome.Failed(
            context.next(DeliveryOutcome.Failed.TYPE, at.plusSeconds(1), replayCount, 1),
            new DeliveryOutcome.Attempt("default", results, 9, false, Examples.COST),
            category,
            "refused by the relay",
            recipients);
    approve(accept(request));
    send(record(Topics.OUTCOMES, request, EventJson.write(failed)));
    var source = Wire.read(record(Topics.APPROVED, request, EventJson.write(request)), 7);
    if (replayCount > 0) {
      RecordHeaders.of(source.headers()).set(RecordHeaders.REPLAY_COUNT, replayCount);
    }
    send(
        DeadLetterRecords.record(
            DeadLetterRecords.letter(source, category, failed.reason(), 1, recipients), source));
  }

  /** A record as its writer puts it on a topic. */
  public static ProducerRecord<byte[], byte[]> record(
      String topic, SendRequested request, byte[] value) {
    return Wire.raw(topic, request.messageId().toString(), value);
  }

  public void send(ProducerRecord<byte[], byte[]> record) {
    kafka.send(record).join();
  }
}
