package io.posthorn.intake.send;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthorn.config.CompactedView;
import io.posthorn.events.QuotaDecided;
import io.posthorn.events.SubmissionId;
import io.posthorn.events.Topics;
import io.posthorn.intake.IntakeSettings;
import io.posthorn.intake.replies.InstanceId;
import io.posthorn.intake.replies.PendingReplies;
import io.posthorn.intake.replies.Questions;
import io.posthorn.intake.replies.ReplyListener;
import io.posthorn.keys.RequestRate;
import io.posthorn.keys.TenantState;
import io.posthorn.metrics.LabelValues;
import io.posthorn.metrics.Tenants;
import io.posthorn.tracing.CurrentTrace;
import io.posthorn.tracing.TracingSettings;
import io.posthorn.web.Problems;
import java.time.InstantSource;
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
  PendingReplies<SubmissionId, QuotaDecided> pendingVerdicts() {
    return new PendingReplies<>(decision -> decision.context().submissionId());
  }

  @Bean
  SendMetrics sendMetrics(
      MeterRegistry registry, LabelValues values, CompactedView<TenantState> tenants) {
    var metrics = new SendMetrics(registry, values);
    Tenants.showEach(tenants, metrics::show);
    return metrics;
  }

  @Bean
  ReplyListener<QuotaDecided> decisionListener(
      KafkaProperties kafka,
      InstanceId self,
      PendingReplies<SubmissionId, QuotaDecided> verdicts,
      SendMetrics metrics) {
    var hearer =
        new ReplyListener.Hearer<QuotaDecided>() {
          @Override
          public void on(QuotaDecided decision) {
            verdicts.complete(decision);
          }

          @Override
          public void unreadable() {
            metrics.unreadable();
          }
        };
    return new ReplyListener<>(
        Topics.DECISIONS, QuotaDecided.class, kafka.buildConsumerProperties(), self, hearer);
  }

  @Bean
  Submissions submissions(
      Questions questions,
      PendingReplies<SubmissionId, QuotaDecided> verdicts,
      IntakeSettings settings,
      InstantSource clock) {
    return new Submissions(questions, verdicts, settings.verdictWait(), clock);
  }

  @Bean
  SendAnswers sendAnswers(
      IntakeSettings settings, CurrentTrace trace, TracingSettings tracing, InstantSource clock) {
    return new SendAnswers(settings.publicUrl(), trace, tracing, clock);
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
      IntakeSettings settings, SendMetrics metrics, Problems problems) {
    var rate = new RequestRate(settings.requestsPerMinute());
    var registration = new FilterRegistrationBean<>(new RequestRateFilter(rate, metrics, problems));
    registration.addUrlPatterns(SendController.PATH);
    // The refusal has its RateLimit-Policy.
    registration.setOrder(AFTER_SECURITY + 1);
    return registration;
  }

  /** Part of readiness: up when verdicts can be heard, and from then on. */
  @Bean
  HealthIndicator decisionsHealthIndicator(ReplyListener<QuotaDecided> listener) {
    return () -> listener.isPositioned() ? Health.up().build() : Health.outOfService().build();
  }
}
