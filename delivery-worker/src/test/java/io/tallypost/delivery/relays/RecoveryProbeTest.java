package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecoveryProbeTest {
  private final RecoveryProbe probe = new RecoveryProbe(Duration.ofSeconds(30));

  @Test
  void isOneMailAtATime() {
    long picked =
        IntStream.range(0, 3_000).filter(i -> probe.pick(NOON.plusMillis(100L * i))).count();

    assertThat(picked).isEqualTo(10);
  }

  @Test
  void isPickedAgainWhenItComesBack() {
    assertThat(probe.pick(NOON)).isTrue();
    assertThat(probe.pick(NOON.plusSeconds(29))).isFalse();
    assertThat(probe.pick(NOON.plusSeconds(31))).isTrue();
  }
}
