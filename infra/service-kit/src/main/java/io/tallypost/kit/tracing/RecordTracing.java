package io.tallypost.kit.tracing;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.otel.bridge.OtelSpan;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.events.RecordHeaders;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Carries a message's trace over Kafka, for our own loops, which no framework observes: a span per
 * record, and its context in the {@code traceparent} of the records that follow (W3C Trace
 * Context). Attribute names are OpenTelemetry's semantic conventions for messaging and databases;
 * others start with {@code tallypost.}.
 */
public final class RecordTracing {
  private static final String MESSAGE_ID = "tallypost.message_id";
  private static final String REQUEST_ID = "tallypost.request_id";

  private final Tracer tracer;
  private final Propagator propagator;

  public RecordTracing(Tracer tracer, Propagator propagator) {
    this.tracer = tracer;
    this.propagator = propagator;
  }

  /**
   * Starts the span of handling a record, as a child of the record's own context, or of a new trace
   * if it has none. The caller ends it.
   *
   * @param name two words, who and what, for instance {@code quota decide}
   */
  public Span consume(String name, ConsumerRecord<byte[], byte[]> record) {
    Span.Builder span =
        messaging(propagator.extract(record.headers(), RecordTracing::header), record.topic())
            .name(name)
            .kind(Span.Kind.CONSUMER)
            .tag("messaging.operation.type", "process")
            .tag("messaging.operation.name", name.substring(name.lastIndexOf(' ') + 1))
            .tag("messaging.destination.partition.id", Integer.toString(record.partition()))
            .tag("messaging.kafka.offset", record.offset());
    return requestId(span, record.headers()).start();
  }

  /**
   * Starts the span of writing a record, as the parent of the record's readers' spans.
   *
   * @param parent the parent span; null starts a trace
   */
  public TracedRecord publish(@Nullable Span parent, ProducerRecord<byte[], byte[]> record) {
    Span.Builder builder = messaging(tracer.spanBuilder(), record.topic());
    if (parent != null) {
      builder = builder.setParent(parent.context());
    }
    builder =
        builder
            .name("publish " + record.topic())
            .kind(Span.Kind.PRODUCER)
            .tag("messaging.operation.type", "send")
            .tag("messaging.operation.name", "publish");
    Span span = requestId(builder, record.headers()).start();
    inject(span, RecordHeaders.of(record.headers()));
    return new TracedRecord(record, span);
  }

  /**
   * Makes the span the parent of the record's readers' spans: the one and only {@code traceparent}.
   */
  public RecordHeaders inject(Span span, RecordHeaders headers) {
    propagator.inject(span.context(), headers, (into, name, value) -> headers.set(name, value));
    return headers;
  }

  /** Names a span's message. */
  public static void message(Span span, Object messageId) {
    span.tag(MESSAGE_ID, messageId.toString());
  }

  /** Links the spans of records handled together: each links to the first, and has their number. */
  public static void batch(List<Span> spans) {
    if (spans.size() < 2 || !(spans.getFirst() instanceof OtelSpan first)) {
      return;
    }
    var batch = OtelSpan.toOtel(first).getSpanContext();
    spans.forEach(span -> span.tag("messaging.batch.message_count", spans.size()));
    spans.stream().skip(1).forEach(span -> OtelSpan.toOtel(span).addLink(batch));
  }

  /**
   * Shows a statement, or a transaction of several, that ran for a record. A transaction for a
   * batch is shown in the trace of each of its records.
   *
   * @param summary what it did, without values
   */
  public void sql(Span parent, String summary, Instant began, Instant ended) {
    if (!Boolean.TRUE.equals(parent.context().sampled())) {
      return;
    }
    tracer
        .spanBuilder()
        .setParent(parent.context())
        .name(summary)
        .kind(Span.Kind.CLIENT)
        .tag("db.system.name", "postgresql")
        .tag("db.query.summary", summary)
        .startTimestamp(micros(began), TimeUnit.MICROSECONDS)
        .start()
        .end(micros(ended), TimeUnit.MICROSECONDS);
  }

  private static long micros(Instant time) {
    return TimeUnit.SECONDS.toMicros(time.getEpochSecond()) + time.getNano() / 1_000;
  }

  private static Span.Builder messaging(Span.Builder span, String topic) {
    return span.tag("messaging.system", "kafka").tag("messaging.destination.name", topic);
  }

  private static Span.Builder requestId(Span.Builder span, Headers headers) {
    return RecordHeaders.of(headers)
        .text(RecordHeaders.REQUEST_ID)
        .map(id -> span.tag(REQUEST_ID, id))
        .orElse(span);
  }

  @SuppressWarnings("NullAway") // the propagator takes null for a header that is not there
  private static String header(Headers headers, String name) {
    return RecordHeaders.of(headers).text(name).orElse(null);
  }
}
