package io.tallypost.kit.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CallerSamplerTest {
  private static final int MANY = 100_000;

  /** One that a sampler that goes by the id would always take. */
  private static final String LOW_ID = "0123456789abcdef0000000000000001";

  @Test
  void grantsCallersSoManyWishesASecond() {
    var sampler = new CallerSampler(50, 0);
    long began = System.nanoTime();

    long sampled = sampled(sampler, SpanKind.SERVER);

    long seconds = (System.nanoTime() - began) / 1_000_000_000 + 2;
    assertThat(sampled).isBetween(50L, 50 * seconds);
  }

  @Test
  void throwsItsOwnDiceBeyondThem() {
    assertThat(sampled(new CallerSampler(0, 0.1), SpanKind.SERVER)).isBetween(9_000L, 11_000L);
    assertThat(sampled(new CallerSampler(0, 0), SpanKind.SERVER)).isZero();
    assertThat(sampled(new CallerSampler(0, 1), SpanKind.SERVER)).isEqualTo(MANY);
  }

  @Test
  void leavesItAtWhatWasDecidedWhereTheMailCameIn() {
    var sampler = new CallerSampler(0, 0);

    assertThat(sampled(sampler, SpanKind.CONSUMER)).isEqualTo(MANY);
    assertThat(sampled(sampler, SpanKind.PRODUCER)).isEqualTo(MANY);
  }

  private static long sampled(Sampler sampler, SpanKind kind) {
    return IntStream.range(0, MANY)
        .filter(i ->
            sampler
                    .shouldSample(
                        Context.root(), LOW_ID, "span", kind, Attributes.empty(), List.of())
                    .getDecision()
                == SamplingDecision.RECORD_AND_SAMPLE)
        .count();
  }
}
