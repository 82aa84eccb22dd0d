package io.posthorn.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ChartTest {
  private static final Path CHART = Path.of("..", "..", "helm", "posthorn");

  @Test
  void isFoundInOrderByHelmsOwnEyes() {
    var lint = new Helm(CHART).lint().call();

    assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
  }
}
