package io.tallypost.stack.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HeapHistogramTest {

  @Test
  void readsTheTotalAndTheInstancesOfEachClass() {
    HeapHistogram histogram =
        HeapHistogram.read(
            Stream.of(
                "42:",
                " num     #instances         #bytes  class name (module)",
                "-------------------------------------------------------",
                "   1:         91234        7654321  [B (java.base@25)",
                "   2:           300          12000  io.tallypost.config.ApiKeyState",
                "Total        123456       98765432"));

    assertThat(histogram.bytes()).isEqualTo(98_765_432);
    assertThat(histogram.instances("[B")).isEqualTo(91_234);
    assertThat(histogram.instances("io.tallypost.config.ApiKeyState")).isEqualTo(300);
    assertThat(histogram.instances("io.tallypost.config.TenantState")).isZero();
  }

  @Test
  void looksIntoARunningJvm() throws Exception {
    HeapHistogram own = HeapHistogram.of(ProcessHandle.current().pid());

    assertThat(own.bytes()).isPositive();
    assertThat(own.instances("java.lang.String")).isPositive();
  }
}
