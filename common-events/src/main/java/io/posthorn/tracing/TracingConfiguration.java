package io.posthorn.tracing;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.otel.bridge.Slf4JEventListener;
import io.micrometer.tracing.propagation.Propagator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.OpenTelemetryTracingAutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Offers {@link RecordTracing} and {@link CurrentTrace} to every service. */
@AutoConfiguration(before = OpenTelemetryTracingAutoConfiguration.class)
public class TracingConfiguration {

  /** Log lines name the trace as the API and the events do. */
  @Bean
  Slf4JEventListener logCorrelation() {
    return new Slf4JEventListener("trace_id", "span_id");
  }

  @Bean
  RecordTracing recordTracing(Propagator propagator) {
    return new RecordTracing(propagator);
  }

  @Bean
  CurrentTrace currentTrace(Tracer tracer) {
    return new CurrentTrace(tracer);
  }
}
