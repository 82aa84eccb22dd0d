package io.posthorn.delivery;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.posthorn.delivery.smtp.Attempted;
import io.posthorn.delivery.smtp.Envelope;
import io.posthorn.delivery.smtp.MimeComposer;
import io.posthorn.delivery.smtp.Relay;
import io.posthorn.delivery.smtp.Relays;
import io.posthorn.delivery.smtp.SendGuard;
import io.posthorn.events.DeadLetter;
import io.posthorn.events.DeliveryOutcome;
import io.posthorn.events.RecipientResult;
import io.posthorn.events.SendRequested;
import io.posthorn.events.SmtpReply;
import io.posthorn.events.UnreadableRecordException;
import io.posthorn.tracing.RecordTracing;
import jakarta.mail.MessagingException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes one attempt for one message, and writes down what came of it before it counts as done. */
public final class Courier {
  private static final Logger log = LoggerFactory.getLogger(Courier.class);

  private final Relays relays;
  private final MimeComposer composer;
  private final RetrySchedule schedule;
  private final boolean traceHeader;
  private final ResultRecords records;
  private final ResultPublisher publisher;
  private final DeliveryMetrics metrics;
  private final RecordTracing tracing;
  private final Tracer tracer;
  private final InstantSource clock;

  Courier(
      Relays relays,
      DeliverySettings settings,
      ResultPublisher publisher,
      DeliveryMetrics metrics,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    this.relays = relays;
    this.composer = new MimeComposer();
    this.schedule = new RetrySchedule(settings.retry().delays(), settings.retry().maxAge());
    this.traceHeader = settings.traceHeader();
    this.records = new ResultRecords(tracing);
    this.publisher = publisher;
    this.metrics = metrics;
    this.tracing = tracing;
    this.tracer = tracer;
    this.clock = clock;
  }

  /**
   * Makes an attempt. When it comes back with true, the result is on its topics, acknowledged.
   *
   * @param guard through which the attempt can be ended early
   * @return false if it was broken off, as if it had never begun
   * @throws InterruptedException if the thread is to end; the message is unfinished
   */
  public boolean deliver(ConsumerRecord<byte[], byte[]> record, SendGuard guard)
      throws InterruptedException {
    Span span = tracing.consume("mail deliver", record);
    try (var _ = tracer.withSpan(span)) {
      QueuedMail mail = QueuedMail.read(record);
      span.tag("posthorn.message_id", mail.request().messageId().toString());
      return deliver(mail, span, guard);
    } catch (UnreadableRecordException e) {
      var letter = DeadLetter.poison(record, Objects.toString(e.getMessage()));
      publisher.publish(List.of(records.deadLetter(record, letter, span)));
      metrics.failed(letter.category());
      log.atWarn()
          .addKeyValue("topic", record.topic())
          .addKeyValue("partition", record.partition())
          .addKeyValue("offset", record.offset())
          .log("unreadable record dead-lettered: {}", letter.reason());
      return true;
    } finally {
      span.end();
    }
  }

  private boolean deliver(QueuedMail mail, Span parent, SendGuard guard)
      throws InterruptedException {
    Relay relay = relays.forMessage(mail.request());
    Instant began = clock.instant();
    Span span = sendingSpan(parent, relay, mail);
    try (var _ = tracer.withSpan(span)) {
      Attempted attempted = attempt(mail, relay, span, guard);
      if (attempted == null) {
        span.event("broken off");
        return false;
      }
      tagReply(span, attempted);
      conclude(mail, relay, attempted, began, span);
      return true;
    } finally {
      span.end();
    }
  }

  private @Nullable Attempted attempt(QueuedMail mail, Relay relay, Span span, SendGuard guard)
      throws InterruptedException {
    try {
      byte[] message = compose(mail.request(), span);
      var envelope = new Envelope(mail.request().mail().from().address(), mail.recipients());
      return relay.send(envelope, message, mail.attempt(), guard);
    } catch (MessagingException | IllegalArgumentException e) {
      // What cannot be composed today cannot be tomorrow. The library's message may quote the mail.
      log.atWarn()
          .addKeyValue("message_id", mail.request().messageId())
          .addKeyValue("failure", e.getClass().getName())
          .log("mail cannot be composed");
      return Attempted.notComposable(mail.recipients());
    }
  }

  private byte[] compose(SendRequested request, Span span) throws MessagingException {
    return composer.compose(
        request.mail(),
        request.messageId().internetMessageId(request.mail().from().address()),
        request.context().acceptedAt(),
        Optional.of(span.context().traceId()).filter(id -> traceHeader));
  }

  private Span sendingSpan(Span parent, Relay relay, QueuedMail mail) {
    return tracer
        .spanBuilder()
        .setParent(parent.context())
        .name("smtp send")
        .kind(Span.Kind.CLIENT)
        .tag("posthorn.relay", relay.name())
        .tag("posthorn.attempt", mail.attempt())
        .tag("posthorn.recipient_count", mail.recipients().size())
        .start();
  }

  private static void tagReply(Span span, Attempted attempted) {
    attempted.results().stream()
        .map(RecipientResult::reply)
        .filter(Objects::nonNull)
        .mapToInt(SmtpReply::code)
        .max()
        .ifPresent(code -> span.tag("posthorn.reply_code", code));
    span.tag("posthorn.fault", attempted.fault().name().toLowerCase(Locale.ROOT));
  }

  private void conclude(QueuedMail mail, Relay relay, Attempted attempted, Instant began, Span span)
      throws InterruptedException {
    Instant now = clock.instant();
    double chance = ThreadLocalRandom.current().nextDouble();
    Aftermath aftermath = Aftermath.of(mail, attempted, schedule, now, chance);
    boolean inDoubt = attempted.fault() == Attempted.Fault.IN_DOUBT;
    long durationMs = Duration.between(began, now).toMillis();
    var attempt =
        new DeliveryOutcome.Attempt(relay.name(), aftermath.results(), durationMs, inDoubt);
    if (inDoubt) {
      metrics.inDoubt();
    }
    switch (aftermath) {
      case Aftermath.Done done -> {
        var context = mail.context(DeliveryOutcome.Delivered.TYPE, now);
        var delivered = new DeliveryOutcome.Delivered(context, attempt);
        publisher.publish(List.of(records.outcome(mail, delivered, span)));
        metrics.delivered();
        report(mail, attempt, "mail delivered");
      }
      case Aftermath.TryAgain again -> {
        var context = mail.context(DeliveryOutcome.Deferred.TYPE, now);
        var deferred =
            new DeliveryOutcome.Deferred(
                context, attempt, again.slot().dueAt(), again.reason(), true);
        publisher.publish(
            List.of(
                records.retry(mail, again, began, span), records.outcome(mail, deferred, span)));
        metrics.deferred();
        report(mail, attempt, "mail deferred");
      }
      case Aftermath.GiveUp end -> {
        var context = mail.context(DeliveryOutcome.Failed.TYPE, now);
        var failed =
            new DeliveryOutcome.Failed(
                context, attempt, end.category(), end.reason(), end.failed());
        var letter =
            DeadLetter.of(
                mail.source(), end.category(), end.reason(), mail.attempt(), end.failed());
        publisher.publish(
            List.of(
                records.deadLetter(mail.source(), letter, span),
                records.outcome(mail, failed, span)));
        metrics.failed(end.category());
        report(mail, attempt, "mail failed");
      }
    }
  }

  private static void report(QueuedMail mail, DeliveryOutcome.Attempt attempt, String event) {
    log.atInfo()
        .addKeyValue("message_id", mail.request().messageId())
        .addKeyValue("tenant_id", mail.request().context().tenant().value())
        .addKeyValue("relay", attempt.relay())
        .addKeyValue("attempt", mail.attempt())
        .addKeyValue("duration_ms", attempt.durationMs())
        .log(event);
  }
}
