package io.tallypost.kit.tracing;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.otel.bridge.Slf4JEventListener;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.micrometer.tracing.autoconfigure.TracingProperties;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingProperties;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SpanExporters;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SpanProcessors;
import org.springframework.context.annotation.Bean;

/** Offers {@link RecordTracing} and {@link CurrentTrace} to every service. */
@AutoConfiguration(before = OpenTelemetryTracingAutoConfiguration.class)
@EnableConfigurationProperties({
  TracingSettings.class,
  TracingProperties.class,
  OpenTelemetryTracingProperties.class
})
public class TracingConfiguration {

  /** Log lines name the trace as the API and the events do. */
  @Bean
  Slf4JEventListener logCorrelation() {
    return new Slf4JEventListener("trace_id", "span_id");
  }

  @Bean
  RecordTracing recordTracing(Tracer tracer, Propagator propagator) {
    return new RecordTracing(tracer, propagator);
  }

  @Bean
  CurrentTrace currentTrace(Tracer tracer) {
    return new CurrentTrace(tracer);
  }

  @Bean
  HttpSpans httpSpans() {
    return new HttpSpans();
  }

  @Bean
  BoundedExport boundedExport(OpenTelemetryTracingProperties settings, MeterRegistry registry) {
    return new BoundedExport(settings.getExport().getMaxQueueSize(), registry);
  }

  @Bean
  SpanExporters countedExporters(ObjectProvider<SpanExporter> exporters, BoundedExport export) {
    return SpanExporters.of(exporters.orderedStream().map(export::behind).toList());
  }

  /** Without export only ids are made, which costs almost nothing. */
  @Bean
  Sampler sampler(TracingProperties tracing, TracingSettings settings, SpanExporters exporters) {
    double probability = exporters.list().isEmpty() ? 0 : tracing.getSampling().getProbability();
    return Sampler.parentBasedBuilder(Sampler.traceIdRatioBased(probability))
        .setRemoteParentSampled(new CallerSampler(settings.sampledCallersPerSecond(), probability))
        .build();
  }

  /** Without an endpoint nothing is queued. */
  @Bean
  SpanProcessors boundedProcessors(
      ObjectProvider<SpanProcessor> processors, SpanExporters exporters, BoundedExport export) {
    return exporters.list().isEmpty()
        ? SpanProcessors.of()
        : SpanProcessors.of(processors.orderedStream().map(export::before).toList());
  }
}
