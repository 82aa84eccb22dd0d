package io.tallypost.quota.consume;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import io.tallypost.quota.decide.Answer;
import io.tallypost.quota.decide.Decision;
import io.tallypost.quota.decide.Incoming;
import io.tallypost.quota.decide.Incoming.Request;
import io.tallypost.quota.decide.Incoming.Unreadable;
import io.tallypost.quota.decide.LocatedRequest;
import io.tallypost.quota.decide.Progress;
import io.tallypost.quota.decide.Progress.Partition;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.decide.QuotaPolicy;
import io.tallypost.quota.decide.RequestReader;
import io.tallypost.quota.publish.DecisionPublisher;
import io.tallypost.quota.publish.Work;
import io.tallypost.quota.usage.QuotaMetrics;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Takes one polled batch from its bytes to its verdicts, and returns what is left to commit. */
final class Decisions {
  private static final Logger log = LoggerFactory.getLogger(Decisions.class);

  private final QuotaLedger ledger;
  private final DecisionPublisher publisher;
  private final QuotaMetrics metrics;
  private final RecordTracing tracing;
  private final Tracer tracer;
  private final InstantSource clock;

  Decisions(
      QuotaLedger ledger,
      DecisionPublisher publisher,
      QuotaMetrics metrics,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    this.ledger = ledger;
    this.publisher = publisher;
    this.metrics = metrics;
    this.tracing = tracing;
    this.tracer = tracer;
    this.clock = clock;
  }

  /** A record and the span of deciding on it. */
  private record Traced(Incoming incoming, Span span) {}

  /** The result for a batch, record by record. */
  private record Results(List<TracedRecord> records, List<Future<RecordMetadata>> verdicts) {}

  /**
   * Decides on a batch and publishes its verdicts.
   *
   * @param committed what was committed to Kafka since the last batch
   * @throws org.springframework.dao.DataAccessException if PostgreSQL failed: nothing was
   *     published, and the batch must be run again
   * @throws org.springframework.transaction.TransactionException likewise
   */
  Work decide(
      ConsumerRecords<byte[], byte[]> records, UUID topicId, Map<Partition, Long> committed) {
    var batch = new ArrayList<Traced>();
    records.forEach(record ->
        batch.add(
            new Traced(
                RequestReader.read(record, topicId), tracing.consume("quota decide", record))));
    RecordTracing.batch(batch.stream().map(Traced::span).toList());
    try {
      var ruled = ruled(batch, committed);
      var results = new Results(new ArrayList<>(), new ArrayList<>());
      var answers = ruled.answers().iterator();
      for (Traced traced : batch) {
        try (var _ = tracer.withSpan(traced.span())) {
          switch (traced.incoming()) {
            case Request incoming -> answer(incoming, answers.next(), traced.span(), results);
            case Unreadable unreadable ->
                bury(unreadable, ruled.progress(), traced.span(), results);
          }
        }
      }
      return new Work(topicId, results.records(), results.verdicts(), records.nextOffsets());
    } finally {
      batch.forEach(traced -> traced.span().end());
    }
  }

  private QuotaLedger.Ruled ruled(List<Traced> batch, Map<Partition, Long> committed) {
    Instant began = clock.instant();
    try {
      var ruled = ledger.decide(placed(batch), committed);
      Instant ended = clock.instant();
      batch.forEach(traced -> tracing.sql(traced.span(), "decide quota", began, ended));
      return ruled;
    } catch (RuntimeException e) {
      // One stack trace stands for all of them.
      batch.forEach(traced -> traced.span().tag("error.type", e.getClass().getName()));
      batch.stream().findFirst().ifPresent(traced -> traced.span().error(e));
      throw e;
    }
  }

  private static List<LocatedRequest> placed(List<Traced> batch) {
    return batch.stream()
        .map(Traced::incoming)
        .filter(Request.class::isInstance)
        .map(request -> ((Request) request).placed())
        .toList();
  }

  private void answer(Request incoming, Answer answer, Span span, Results results) {
    SendRequested request = incoming.placed().request();
    var record = incoming.record();
    RecordTracing.message(span, request.messageId());
    switch (answer) {
      case Answer.Decided(Decision made) -> {
        metrics.decided(made, request.context(), clock.instant());
        span.tag("tallypost.verdict", made.approved() ? "approved" : "rejected");
        logDecided(incoming, made);
        results.verdicts().add(publisher.publish(stored(request, made), record, span));
        if (made.approved()) {
          results.records().add(publisher.approval(request, record, span));
        }
      }
      case Answer.Redelivered(Decision made, boolean approvalDue) -> {
        metrics.repeated();
        log(incoming, "verdict repeated");
        results.verdicts().add(publisher.publish(stored(request, made), record, span));
        if (approvalDue) {
          results.records().add(publisher.approval(request, record, span));
        }
      }
      case Answer.Replayed(Decision first) -> {
        metrics.repeated();
        log(incoming, "request repeats an approved mail");
        var verdict =
            verdict(
                request,
                Verdict.REPLAYED,
                first.units(),
                first.policies(),
                clock.instant(),
                first.traceId());
        results.verdicts().add(publisher.publish(verdict, record, span));
      }
      case Answer.KeyReused() -> {
        metrics.repeated();
        log(incoming, "idempotency key belongs to another mail");
        var verdict =
            verdict(
                request,
                Verdict.KEY_REUSED,
                QuotaPolicy.units(request),
                List.of(),
                clock.instant(),
                incoming.placed().traceId());
        results.verdicts().add(publisher.publish(verdict, record, span));
      }
      case Answer.Settled() -> metrics.repeated();
    }
  }

  private void bury(Unreadable unreadable, Progress progress, Span span, Results results) {
    if (progress.covers(unreadable.source())) {
      return;
    }
    metrics.unreadable();
    span.error(new IllegalArgumentException(unreadable.reason()));
    var record = unreadable.record();
    log.atError()
        .addKeyValue("topic", record.topic())
        .addKeyValue("partition", record.partition())
        .addKeyValue("offset", record.offset())
        .log("unreadable request goes to the dead letters: {}", unreadable.reason());
    results
        .records()
        .add(tracing.publish(span, DeadLetterRecords.poisonRecord(record, unreadable.reason())));
  }

  private static QuotaDecided stored(SendRequested request, Decision made) {
    return verdict(
        request,
        made.approved() ? Verdict.APPROVED : Verdict.REJECTED,
        made.units(),
        made.policies(),
        made.decidedAt(),
        made.traceId());
  }

  private static QuotaDecided verdict(
      SendRequested request,
      Verdict verdict,
      int units,
      List<PolicyUsage> policies,
      Instant at,
      @Nullable String traceId) {
    return new QuotaDecided(
        request.context().next(QuotaDecided.TYPE, at, 0, 0), verdict, units, policies, traceId);
  }

  private static void logDecided(Request incoming, Decision made) {
    if (made.approved()) {
      log(incoming, "mail approved");
      return;
    }
    QuotaPolicyName policy = QuotaMetrics.lastToReset(made.policies());
    keys(log.atWarn(), incoming)
        .addKeyValue("policy", policy.wireName())
        .addKeyValue("units", made.units())
        .log("mail rejected: over its limit");
  }

  private static void log(Request incoming, String event) {
    keys(log.atInfo(), incoming).log(event);
  }

  private static LoggingEventBuilder keys(LoggingEventBuilder event, Request incoming) {
    var context = incoming.placed().request().context();
    var requestId = RecordHeaders.of(incoming.record().headers()).text(RecordHeaders.REQUEST_ID);
    var keyed =
        event
            .addKeyValue("message_id", context.messageId())
            .addKeyValue("tenant_id", context.tenant())
            .addKeyValue("api_key_id", context.apiKeyId());
    return requestId.map(id -> keyed.addKeyValue("request_id", id)).orElse(keyed);
  }
}
