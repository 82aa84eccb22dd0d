package io.tallypost.kit.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import io.tallypost.kit.rate.Bucket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Decides about spans with a remote, sampled parent. For records from Kafka the decision was made
 * where the mail came in, so that one message is one trace. For HTTP requests it is the caller's
 * wish, granted up to a rate: otherwise any caller could have everything recorded. Beyond the rate
 * a caller's trace is sampled as rarely as one that starts here, but by our own dice: the usual
 * sampler uses the trace's id, which the caller chooses.
 */
final class CallerSampler implements Sampler {
  private final Optional<Bucket> wishes;
  private final double probability;

  /**
   * Grants callers' wishes.
   *
   * @param perSecond the most, in this process; 0 for none
   * @param probability the probability for others, from 0 to 1
   */
  CallerSampler(int perSecond, double probability) {
    this.wishes =
        perSecond == 0
            ? Optional.empty()
            : Optional.of(new Bucket(perSecond, Duration.ofSeconds(1)));
    this.probability = probability;
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
            || wishes.filter(Bucket::tryTake).isPresent()
            || ThreadLocalRandom.current().nextDouble() < probability;
    return sampled ? SamplingResult.recordAndSample() : SamplingResult.drop();
  }

  @Override
  public String getDescription() {
    return "CallerSampler";
  }
}
