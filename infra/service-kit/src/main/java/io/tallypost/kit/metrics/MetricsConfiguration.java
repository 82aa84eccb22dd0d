package io.tallypost.kit.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.kit.loop.Shutdowns;
import java.time.Duration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.transaction.TransactionExecutionListener;

/** Gives every service the common meters and bounds. */
@AutoConfiguration
@EnableConfigurationProperties(MetricsSettings.class)
public class MetricsConfiguration {

  @Bean
  LabelValues labelValues(MetricsSettings settings) {
    return new LabelValues(settings.maxLabelValues());
  }

  @Bean
  RequestsInFlightFilter requestsInFlight(MeterRegistry registry) {
    return new RequestsInFlightFilter(registry);
  }

  @Bean
  FilterRegistrationBean<RequestsInFlightFilter> requestsInFlightFilter(
      RequestsInFlightFilter filter) {
    var registration = new FilterRegistrationBean<>(filter);
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  @Bean
  Shutdowns shutdowns(MeterRegistry registry, RequestsInFlightFilter requests) {
    return new Shutdowns(registry, requests::now);
  }

  @Bean
  ShutdownProgress shutdownProgress(ApplicationContext service, RequestsInFlightFilter requests) {
    return new ShutdownProgress(service, requests::now, Duration.ofSeconds(5));
  }

  @Bean
  TransactionExecutionListener storeTimes(MeterRegistry registry) {
    return new StoreTimes(registry);
  }
}
