package io.tallypost.stack.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
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

  /** In another JVM: one that waits for its own histogram waits for ever. */
  @Test
  void looksIntoARunningJvm() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Waiting.class.getName())
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('.');

      HeapHistogram histogram = HeapHistogram.of(other.pid());

      assertThat(histogram.bytes()).isPositive();
      assertThat(histogram.instances("java.lang.String")).isPositive();
    } finally {
      other.destroyForcibly();
    }
  }

  /** Says that it runs, then waits until its input ends. */
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] args) throws IOException {
      System.out.print('.');
      System.out.flush();
      while (System.in.read() >= 0) {
        // What is said to it does not matter.
      }
    }
  }
}
