package io.tallypost.kit.tracing;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what happens to spans, and bounds those that wait: a slow or absent collector costs spans,
 * never memory or mail. The queue itself is OpenTelemetry's, which drops in silence.
 *
 * <p>{@code tallypost_spans_total{fate}}: {@code exported}, {@code failed} (the collector refused
 * them or did not answer), {@code dropped} (the queue was full).
 */
final class BoundedExport {
  private final int capacity;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Counter exported;
  private final Counter failed;
  private final Counter dropped;

  /**
   * Starts with an empty queue.
   *
   * @param capacity of the queue, in spans
   */
  BoundedExport(int capacity, MeterRegistry registry) {
    this.capacity = capacity;
    this.exported = counter(registry, "exported");
    this.failed = counter(registry, "failed");
    this.dropped = counter(registry, "dropped");
  }

  private static Counter counter(MeterRegistry registry, String fate) {
    return Counter.builder("tallypost.spans")
        .description("Sampled spans: exported, refused by the collector, or dropped before it")
        .tag("fate", fate)
        .register(registry);
  }

  /** The entrance of a queue. */
  SpanProcessor before(SpanProcessor queue) {
    return new SpanProcessor() {
      @Override
      public void onStart(Context parent, ReadWriteSpan span) {}

      @Override
      public boolean isStartRequired() {
        return false;
      }

      @Override
      public void onEnd(ReadableSpan span) {
        if (!span.getSpanContext().isSampled()) {
          return;
        }
        if (waiting.incrementAndGet() > capacity) {
          waiting.decrementAndGet();
          dropped.increment();
        } else {
          queue.onEnd(span);
        }
      }

      @Override
      public boolean isEndRequired() {
        return true;
      }

      @Override
      public CompletableResultCode shutdown() {
        return queue.shutdown();
      }

      @Override
      public CompletableResultCode forceFlush() {
        return queue.forceFlush();
      }
    };
  }

  /** The exit of the queue. */
  SpanExporter behind(SpanExporter exporter) {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> spans) {
        int count = spans.size();
        waiting.addAndGet(-count);
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> (result.isSuccess() ? exported : failed).increment(count));
      }

      @Override
      public CompletableResultCode flush() {
        return exporter.flush();
      }

      @Override
      public CompletableResultCode shutdown() {
        return exporter.shutdown();
      }
    };
  }
}
