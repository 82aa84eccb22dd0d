package io.posthorn.intake.send;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.tracing.Tracer;
import io.posthorn.intake.IntakeSettings;
import io.posthorn.keys.RequestRate;
import io.posthorn.tracing.CurrentTrace;
import io.posthorn.tracing.RecordTracing;
import io.posthorn.web.Problems;
import java.time.InstantSource;
import org.apache.kafka.clients.producer.Producer;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the accept path together. */
@Configuration(proxyBeanMethods = false)
class SendConfiguration {
  /** Behind Spring Security (-100), which finds out who calls; before anything refuses. */
  private static final int AFTER_SECURITY = -50;

  @Bean
  InstanceId instanceId() {
    return InstanceId.next();
  }

  @Bean
  PendingVerdicts pendingVerdicts() {
    return new PendingVerdicts();
  }

  @Bean
  SendMetrics sendMetrics(MeterRegistry registry) {
    return new SendMetrics(registry);
  }

  @Bean
  DecisionListener decisionListener(
      KafkaProperties kafka, InstanceId self, PendingVerdicts verdicts, SendMetrics metrics) {
    return new DecisionListener(kafka.buildConsumerProperties(), self, verdicts, metrics);
  }

  @Bean
  Submissions submissions(
      Producer<byte[], byte[]> producer,
      Tracer tracer,
      RecordTracing tracing,
      InstanceId self,
      PendingVerdicts verdicts,
      IntakeSettings settings,
      InstantSource clock) {
    var publisher = new RequestPublisher(producer, tracer, tracing, self);
    return new Submissions(publisher, verdicts, settings.verdictWait(), clock);
  }

  @Bean
  SendAnswers sendAnswers(IntakeSettings settings, CurrentTrace trace, InstantSource clock) {
    return new SendAnswers(settings.publicUrl(), trace, clock);
  }

  @Bean
  FilterRegistrationBean<RateLimitPolicyFilter> rateLimitPolicyFilter(InstantSource clock) {
    var registration = new FilterRegistrationBean<>(new RateLimitPolicyFilter(clock));
    registration.addUrlPatterns(SendController.PATH);
    registration.setOrder(AFTER_SECURITY);
    return registration;
  }

  @Bean
  FilterRegistrationBean<RequestRateFilter> requestRateFilter(
      IntakeSettings settings, Problems problems) {
    var rate = new RequestRate(settings.requestsPerMinute());
    var registration = new FilterRegistrationBean<>(new RequestRateFilter(rate, problems));
    registration.addUrlPatterns(SendController.PATH);
    // The refusal has its RateLimit-Policy.
    registration.setOrder(AFTER_SECURITY + 1);
    return registration;
  }

  /** Part of readiness: up when verdicts can be heard, and from then on. */
  @Bean
  HealthIndicator decisionsHealthIndicator(DecisionListener listener) {
    return () -> listener.isPositioned() ? Health.up().build() : Health.outOfService().build();
  }

  /** Part of liveness: down when the loop has died, which a restart mends. */
  @Bean
  HealthIndicator decisionLoopHealthIndicator(DecisionListener listener) {
    return () -> listener.isAlive() ? Health.up().build() : Health.down().build();
  }
}
