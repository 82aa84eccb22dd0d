package io.tallypost.stack.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

  /** Another JVM, which waits for the end of its input. */
  static final class Waiting {
    public static void main(String[] args) throws IOException {
      System.out.println("ready");
      var _ = System.in.read();
    }
  }

  @Test
  void looksIntoARunningJvm() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Waiting.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = other.inputReader(UTF_8)) {
      assertThat(output.readLine()).isEqualTo("ready");

      HeapHistogram histogram = HeapHistogram.of(other.pid());

      assertThat(histogram.bytes()).isPositive();
      assertThat(histogram.instances("java.lang.String")).isPositive();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void doesNotCountItself() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeapHistogram.of(ProcessHandle.current().pid()));
  }
}
