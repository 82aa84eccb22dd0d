package io.tallypost.tracing;

import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Decides about spans whose parent, elsewhere, is sampled. What comes by Kafka was decided on where
 * the mail came in, so that one message is one trace. What comes by HTTP is a caller's wish, which
 * counts up to a rate: otherwise whoever reaches the API could have everything recorded. Beyond the
 * rate a caller's trace is sampled as seldom as one that begins here, but by a throw of our own
 * dice: the usual sampler goes by the trace's id, which a caller chooses.
 */
final class CallerSampler implements Sampler {
  private final Optional<AtomicRateLimiter> wishes;
  private final double probability;

  /**
   * Grants callers' wishes.
   *
   * @param perSecond how many, in this process; 0 for none
   * @param probability with which others are sampled, from 0 to 1
   */
  CallerSampler(int perSecond, double probability) {
    this.wishes = perSecond == 0 ? Optional.empty() : Optional.of(limiter(perSecond));
    this.probability = probability;
  }

  private static AtomicRateLimiter limiter(int perSecond) {
    return new AtomicRateLimiter(
        "callers' traces",
        RateLimiterConfig.custom()
            .limitForPeriod(perSecond)
            .limitRefreshPeriod(Duration.ofSeconds(1))
            .timeoutDuration(Duration.ZERO)
            .build());
  }

  @Override
  public SamplingResult shouldSample(
      Context parent,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    boolean sampled =
        kind != SpanKind.SERVER
            || wishes.filter(limiter -> limiter.acquirePermission(1)).isPresent()
            || ThreadLocalRandom.current().nextDouble() < probability;
    return sampled ? SamplingResult.recordAndSample() : SamplingResult.drop();
  }

  @Override
  public String getDescription() {
    return "CallerSampler";
  }
}
