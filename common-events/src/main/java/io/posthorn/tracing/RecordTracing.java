package io.posthorn.tracing;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.propagation.Propagator;
import io.posthorn.events.RecordHeaders;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * Carries the trace of a message over Kafka, for loops of our own, which no framework observes: a
 * span per record, and its context in the {@code traceparent} of what follows from it (W3C Trace
 * Context).
 */
public final class RecordTracing {
  private final Propagator propagator;

  public RecordTracing(Propagator propagator) {
    this.propagator = propagator;
  }

  /**
   * Starts the span of handling a record, as a child of the record's own context, or of a new trace
   * where it has none. The caller ends it.
   *
   * @param name what is done, for instance {@code quota decide}
   */
  public Span consume(String name, ConsumerRecord<byte[], byte[]> record) {
    return propagator
        .extract(record.headers(), RecordTracing::header)
        .name(name)
        .kind(Span.Kind.CONSUMER)
        .tag("messaging.system", "kafka")
        .tag("messaging.destination.name", record.topic())
        .tag("messaging.destination.partition.id", Integer.toString(record.partition()))
        .tag("messaging.kafka.offset", record.offset())
        .start();
  }

  /**
   * Makes the span the parent of whoever reads the record: the one and only {@code traceparent}.
   */
  public RecordHeaders inject(Span span, RecordHeaders headers) {
    propagator.inject(span.context(), headers, (into, name, value) -> headers.set(name, value));
    return headers;
  }

  @SuppressWarnings("NullAway") // the propagator takes null for a header that is not there
  private static String header(Headers headers, String name) {
    return RecordHeaders.of(headers).text(name).orElse(null);
  }
}
