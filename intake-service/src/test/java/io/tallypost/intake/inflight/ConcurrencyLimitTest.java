package io.tallypost.intake.inflight;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {
  private final ConcurrencyLimit limit = new ConcurrencyLimit(2);

  @Test
  void letsInSoManyOfEachName() {
    assertThat(limit.tryEnter("a")).isTrue();
    assertThat(limit.tryEnter("a")).isTrue();

    assertThat(limit.tryEnter("a")).isFalse();
    assertThat(limit.tryEnter("b")).isTrue();
  }

  @Test
  void letsTheNextInWhenOneHasLeft() {
    limit.tryEnter("a");
    limit.tryEnter("a");
    limit.tryEnter("a");

    limit.leave("a");

    assertThat(limit.tryEnter("a")).isTrue();
    assertThat(limit.tryEnter("a")).isFalse();
  }

  @Test
  void forgetsWhoHasNothingInFlight() {
    for (int i = 0; i < 1_000; i++) {
      limit.tryEnter("name " + i);
      limit.leave("name " + i);
    }

    assertThat(limit.names()).isZero();
  }
}
