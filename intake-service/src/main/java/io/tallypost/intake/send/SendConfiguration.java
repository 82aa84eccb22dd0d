package io.tallypost.intake.send;

import io.micrometer.core.instrument.MeterRegistry;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.Topics;
import io.tallypost.ids.SubmissionId;
import io.tallypost.intake.IntakeSettings;
import io.tallypost.intake.limits.ApprovedMail;
import io.tallypost.intake.limits.ExhaustedKeys;
import io.tallypost.intake.limits.RateLimitPolicyFilter;
import io.tallypost.intake.replies.InstanceId;
import io.tallypost.intake.replies.PendingReplies;
import io.tallypost.intake.replies.ReplyListener;
import io.tallypost.intake.replies.RequestPublisher;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.limits.RequestRate;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.Tenants;
import io.tallypost.kit.problems.Problems;
import io.tallypost.kit.tracing.CurrentTrace;
import io.tallypost.kit.tracing.TracingSettings;
import io.tallypost.kit.view.CompactedView;
import java.time.InstantSource;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the accept path. */
@Configuration(proxyBeanMethods = false)
class SendConfiguration {
  /** Behind Spring Security (-100), which finds out who calls; before anything refuses. */
  private static final int AFTER_SECURITY = -50;

  @Bean
  PendingReplies<SubmissionId, QuotaDecided> pendingVerdicts() {
    return new PendingReplies<>(decision -> decision.context().submissionId());
  }

  @Bean
  ExhaustedKeys exhaustedKeys() {
    return new ExhaustedKeys();
  }

  @Bean
  ApprovedMail approvedMail() {
    return new ApprovedMail();
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
      RequestPublisher publisher,
      PendingReplies<SubmissionId, QuotaDecided> verdicts,
      ExhaustedKeys exhausted,
      ApprovedMail approved,
      SendMetrics metrics) {
    var handler =
        new ReplyListener.ReplyHandler<QuotaDecided>() {
          @Override
          public void on(QuotaDecided decision) {
            // Before the sender gets its answer and sends the next mail.
            exhausted.heard(decision);
            approved.heard(decision);
            verdicts.complete(decision);
          }

          @Override
          public void prepare() {
            publisher.prepare(Topics.REQUESTS);
          }

          @Override
          public void unreadable() {
            metrics.unreadable();
          }
        };
    return new ReplyListener<>(
        Topics.DECISIONS, QuotaDecided.class, kafka.buildConsumerProperties(), self, handler);
  }

  @Bean
  AcceptPath acceptPath(ReplyListener<QuotaDecided> decisions) {
    return new AcceptPath(decisions);
  }

  @Bean
  Submissions submissions(
      RequestPublisher publisher,
      PendingReplies<SubmissionId, QuotaDecided> verdicts,
      ExhaustedKeys exhausted,
      ApprovedMail approved,
      IntakeSettings settings,
      InstantSource clock) {
    return new Submissions(publisher, verdicts, exhausted, approved, settings.verdictWait(), clock);
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
    // So that a refusal has its RateLimit-Policy.
    registration.setOrder(AFTER_SECURITY + 1);
    return registration;
  }

  /** Part of readiness: up from when verdicts are first received. */
  @Bean
  HealthIndicator decisionsHealthIndicator(ReplyListener<QuotaDecided> listener) {
    return () -> listener.isPositioned() ? Health.up().build() : Health.outOfService().build();
  }
}
