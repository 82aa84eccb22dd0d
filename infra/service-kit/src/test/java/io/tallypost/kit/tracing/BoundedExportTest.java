package io.tallypost.kit.tracing;

import static io.tallypost.kit.testing.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class BoundedExportTest {
  private static final int CAPACITY = 16;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final BoundedExport export = new BoundedExport(CAPACITY, registry);

  @Test
  void countsWhatTheCollectorHasTaken() {
    try (var tracing =
        tracing(exporter(CompletableResultCode.ofSuccess(), new CountDownLatch(0)))) {
      makeSpans(tracing, 10);
      tracing.forceFlush();

      await().until(() -> count("exported") == 10);
      assertThat(count("failed") + count("dropped")).isZero();
    }
  }

  @Test
  void countsWhatTheCollectorHasRefused() {
    try (var tracing =
        tracing(exporter(CompletableResultCode.ofFailure(), new CountDownLatch(0)))) {
      makeSpans(tracing, 10);
      tracing.forceFlush();

      await().until(() -> count("failed") == 10);
    }
  }

  @Test
  void dropsAndCountsWhatDoesNotFitWhileTheCollectorHangs() {
    var hanging = new CountDownLatch(1);
    try (var tracing = tracing(exporter(CompletableResultCode.ofSuccess(), hanging))) {
      makeSpans(tracing, 10_000);

      assertThat(count("dropped")).isGreaterThan(9_000);
      double dropped = count("dropped");
      hanging.countDown();
      await().until(() -> count("exported") + dropped == 10_000);
    }
  }

  private double count(String fate) {
    return registry.get("tallypost.spans").tag("fate", fate).counter().count();
  }

  private SdkTracerProvider tracing(SpanExporter exporter) {
    return SdkTracerProvider.builder()
        .addSpanProcessor(
            export.before(
                BatchSpanProcessor.builder(export.behind(exporter))
                    .setMaxQueueSize(CAPACITY)
                    .setMaxExportBatchSize(CAPACITY)
                    .setScheduleDelay(Duration.ofMillis(10))
                    .build()))
        .build();
  }

  private static void makeSpans(SdkTracerProvider tracing, int count) {
    for (int i = 0; i < count; i++) {
      tracing.get("test").spanBuilder("span").startSpan().end();
    }
  }

  /** Answers with this, when it answers. */
  private static SpanExporter exporter(CompletableResultCode answer, CountDownLatch patience) {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> spans) {
        try {
          patience.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return answer;
      }

      @Override
      public CompletableResultCode flush() {
        return CompletableResultCode.ofSuccess();
      }

      @Override
      public CompletableResultCode shutdown() {
        return CompletableResultCode.ofSuccess();
      }
    };
  }
}
