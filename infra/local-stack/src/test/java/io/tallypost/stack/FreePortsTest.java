package io.tallypost.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void givesNoPortTwiceThoughNobodyListensYet() {
    assertThat(IntStream.range(0, 500).map(_ -> FreePorts.next()).boxed())
        .doesNotHaveDuplicates()
        .allMatch(port -> port < 32_768);
  }
}
