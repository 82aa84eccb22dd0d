package io.tallypost.quota.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.tracing.Span;
import io.tallypost.events.EventJson;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import io.tallypost.quota.decide.Decision;
import io.tallypost.quota.decide.Incoming.Request;
import io.tallypost.quota.decide.Incoming.Unreadable;
import io.tallypost.quota.decide.QuotaPolicy;
import io.tallypost.quota.decide.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Composes the records that follow from requests, each in its request's trace. Sends nothing. */
public final class DecisionRecords {
  private final RecordTracing tracing;

  public DecisionRecords(RecordTracing tracing) {
    this.tracing = tracing;
  }

  /**
   * The record that tells a verdict to the instance that waits; empty if nobody is told anything.
   *
   * @param now the time of what is not decided, but said now
   */
  public Optional<TracedRecord> verdict(Request request, Verdict verdict, Instant now, Span span) {
    return event(request, verdict, now)
        .map(event -> tracing.publish(span, verdictRecord(event, request.record())));
  }

  private static Optional<QuotaDecided> event(Request request, Verdict verdict, Instant now) {
    SendRequested sent = request.located().request();
    return switch (verdict) {
      case Verdict.Decided(Decision decision) -> Optional.of(stored(sent, decision));
      case Verdict.Redelivered(Decision decision, _) -> Optional.of(stored(sent, decision));
      case Verdict.Replayed(Decision first) ->
          Optional.of(
              event(
                  sent,
                  QuotaDecided.Verdict.REPLAYED,
                  first.units(),
                  first.policies(),
                  now,
                  first.traceId()));
      case Verdict.KeyReused() ->
          Optional.of(
              event(
                  sent,
                  QuotaDecided.Verdict.KEY_REUSED,
                  QuotaPolicy.units(sent),
                  List.of(),
                  now,
                  request.located().traceId()));
      case Verdict.Settled() -> Optional.empty();
    };
  }

  private static QuotaDecided stored(SendRequested request, Decision decision) {
    return event(
        request,
        decision.approved() ? QuotaDecided.Verdict.APPROVED : QuotaDecided.Verdict.REJECTED,
        decision.units(),
        decision.policies(),
        decision.decidedAt(),
        decision.traceId());
  }

  private static QuotaDecided event(
      SendRequested request,
      QuotaDecided.Verdict verdict,
      int units,
      List<PolicyUsage> policies,
      Instant at,
      @Nullable String traceId) {
    return new QuotaDecided(
        request.context().next(QuotaDecided.TYPE, at, 0, 0), verdict, units, policies, traceId);
  }

  private static ProducerRecord<byte[], byte[]> verdictRecord(
      QuotaDecided verdict, ConsumerRecord<byte[], byte[]> request) {
    var from = RecordHeaders.of(request.headers());
    var headers = RecordHeaders.empty();
    from.text(RecordHeaders.REPLY_TO)
        .ifPresent(instance -> headers.set(RecordHeaders.REPLY_TO, instance));
    from.text(RecordHeaders.REQUEST_ID).ifPresent(id -> headers.set(RecordHeaders.REQUEST_ID, id));
    return new ProducerRecord<>(
        Topics.DECISIONS,
        null,
        verdict.messageId().toString().getBytes(UTF_8),
        EventJson.write(verdict),
        headers.toKafka());
  }

  /** The approval of a request, with its original bytes. */
  public TracedRecord approval(Request request, Span span) {
    var record = request.record();
    var headers = RecordHeaders.copyOf(record.headers()).set(RecordHeaders.ORIGIN, "quota");
    return tracing.publish(
        span,
        new ProducerRecord<>(
            Topics.approved(request.located().request().context().lane()),
            null,
            record.key(),
            record.value(),
            headers.toKafka()));
  }

  /** The dead letter about a request that could not be read. */
  public TracedRecord deadLetter(Unreadable unreadable, Span span) {
    return tracing.publish(
        span, DeadLetterRecords.poisonRecord(unreadable.record(), unreadable.reason()));
  }
}
