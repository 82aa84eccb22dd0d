package io.posthorn.tracing;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/** Offers {@link RecordTracing} and {@link CurrentTrace} to every service. */
@AutoConfiguration
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
public class TracingConfiguration {

  @Bean
  RecordTracing recordTracing(Propagator propagator) {
    return new RecordTracing(propagator);
  }

  @Bean
  CurrentTrace currentTrace(Tracer tracer) {
    return new CurrentTrace(tracer);
  }
}
