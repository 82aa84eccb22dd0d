package io.tallypost.kit.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestRateTest {
  private final RequestRate rate = new RequestRate(3);

  @Test
  void refusesTheFirstThatIsTooManyAndNobodyElse() {
    for (int i = 0; i < 3; i++) {
      assertThat(rate.tryAcquire("a")).isTrue();
    }

    assertThat(rate.tryAcquire("a")).isFalse();
    assertThat(rate.tryAcquire("b")).isTrue();
  }

  @Test
  void saysThatNothingWasCharged() {
    assertThat(rate.refusal("a", "Too many.")).hasMessage("Too many. No quota was charged.");
  }
}
