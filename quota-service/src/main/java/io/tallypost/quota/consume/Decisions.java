package io.tallypost.quota.consume;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.tallypost.events.RecordHeaders;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import io.tallypost.quota.decide.ApprovalProgress.Partition;
import io.tallypost.quota.decide.Decision;
import io.tallypost.quota.decide.Incoming;
import io.tallypost.quota.decide.Incoming.Request;
import io.tallypost.quota.decide.Incoming.Unreadable;
import io.tallypost.quota.decide.LocatedRequest;
import io.tallypost.quota.decide.QuotaLedger;
import io.tallypost.quota.decide.RequestReader;
import io.tallypost.quota.decide.Verdict;
import io.tallypost.quota.publish.DecidedBatch;
import io.tallypost.quota.publish.DecisionRecords;
import io.tallypost.quota.usage.QuotaMetrics;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Takes one polled batch from its bytes to its decisions, and composes what is to be published. */
final class Decisions {
  private static final Logger log = LoggerFactory.getLogger(Decisions.class);

  private final QuotaLedger ledger;
  private final DecisionRecords compose;
  private final QuotaMetrics metrics;
  private final RecordTracing tracing;
  private final Tracer tracer;
  private final InstantSource clock;

  Decisions(
      QuotaLedger ledger,
      DecisionRecords compose,
      QuotaMetrics metrics,
      RecordTracing tracing,
      Tracer tracer,
      InstantSource clock) {
    this.ledger = ledger;
    this.compose = compose;
    this.metrics = metrics;
    this.tracing = tracing;
    this.tracer = tracer;
    this.clock = clock;
  }

  /** A record and the span of deciding on it. */
  private record Traced(Incoming incoming, Span span) {}

  /**
   * Decides on a batch. Nothing is published yet.
   *
   * @param committed what was committed to Kafka since the last batch
   * @throws org.springframework.dao.DataAccessException if PostgreSQL failed: the batch must be run
   *     again
   * @throws org.springframework.transaction.TransactionException likewise
   */
  DecidedBatch decide(
      ConsumerRecords<byte[], byte[]> records, UUID topicId, Map<Partition, Long> committed) {
    var batch = new ArrayList<Traced>();
    records.forEach(record ->
        batch.add(
            new Traced(
                RequestReader.read(record, topicId), tracing.consume("quota decide", record))));
    RecordTracing.batch(batch.stream().map(Traced::span).toList());
    try {
      var decided = decided(batch, committed);
      var each = decided.verdicts().iterator();
      var verdicts = new ArrayList<TracedRecord>();
      var approvals = new ArrayList<TracedRecord>();
      for (Traced traced : batch) {
        Span span = traced.span();
        try (var _ = tracer.withSpan(span)) {
          switch (traced.incoming()) {
            case Request request -> {
              Verdict verdict = each.next();
              note(request, verdict, span);
              compose.verdict(request, verdict, clock.instant(), span).ifPresent(verdicts::add);
              if (verdict.approvalDue()) {
                approvals.add(compose.approval(request, span));
              }
            }
            case Unreadable unreadable -> {
              if (!decided.progress().covers(unreadable.source())) {
                note(unreadable, span);
                approvals.add(compose.deadLetter(unreadable, span));
              }
            }
          }
        }
      }
      return new DecidedBatch(topicId, verdicts, approvals, records.nextOffsets());
    } finally {
      batch.forEach(traced -> traced.span().end());
    }
  }

  private QuotaLedger.Verdicts decided(List<Traced> batch, Map<Partition, Long> committed) {
    Instant began = clock.instant();
    try {
      var decided = ledger.decide(requests(batch), committed);
      Instant ended = clock.instant();
      batch.forEach(traced -> tracing.sql(traced.span(), "decide quota", began, ended));
      return decided;
    } catch (RuntimeException e) {
      // One stack trace stands for all of them.
      batch.forEach(traced -> traced.span().tag("error.type", e.getClass().getName()));
      batch.stream().findFirst().ifPresent(traced -> traced.span().error(e));
      throw e;
    }
  }

  private static List<LocatedRequest> requests(List<Traced> batch) {
    return batch.stream()
        .map(Traced::incoming)
        .filter(Request.class::isInstance)
        .map(request -> ((Request) request).located())
        .toList();
  }

  private void note(Request request, Verdict verdict, Span span) {
    var context = request.located().request().context();
    RecordTracing.message(span, context.messageId());
    switch (verdict) {
      case Verdict.Decided(Decision decision) -> {
        metrics.decided(decision, context, clock.instant());
        span.tag("tallypost.verdict", decision.approved() ? "approved" : "rejected");
        logDecided(request, decision);
      }
      case Verdict.Redelivered _ -> {
        metrics.repeated();
        log(request, "verdict repeated");
      }
      case Verdict.Replayed _ -> {
        metrics.repeated();
        log(request, "request repeats an approved mail");
      }
      case Verdict.KeyReused _ -> {
        metrics.repeated();
        log(request, "idempotency key belongs to another mail");
      }
      case Verdict.Settled _ -> metrics.repeated();
    }
  }

  private void note(Unreadable unreadable, Span span) {
    metrics.unreadable();
    span.error(new IllegalArgumentException(unreadable.reason()));
    var record = unreadable.record();
    log.atError()
        .addKeyValue("topic", record.topic())
        .addKeyValue("partition", record.partition())
        .addKeyValue("offset", record.offset())
        .log("unreadable request goes to the dead letters: {}", unreadable.reason());
  }

  private static void logDecided(Request request, Decision decision) {
    if (decision.approved()) {
      log(request, "mail approved");
      return;
    }
    QuotaPolicyName policy = QuotaMetrics.lastToReset(decision.policies());
    keys(log.atWarn(), request)
        .addKeyValue("policy", policy.wireName())
        .addKeyValue("units", decision.units())
        .log("mail rejected: over its limit");
  }

  private static void log(Request request, String event) {
    keys(log.atInfo(), request).log(event);
  }

  private static LoggingEventBuilder keys(LoggingEventBuilder event, Request request) {
    var context = request.located().request().context();
    var requestId = RecordHeaders.of(request.record().headers()).text(RecordHeaders.REQUEST_ID);
    var keyed =
        event
            .addKeyValue("message_id", context.messageId())
            .addKeyValue("tenant_id", context.tenant())
            .addKeyValue("api_key_id", context.apiKeyId());
    return requestId.map(id -> keyed.addKeyValue("request_id", id)).orElse(keyed);
  }
}
