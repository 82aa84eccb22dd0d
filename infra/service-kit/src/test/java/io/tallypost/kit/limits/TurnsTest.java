package io.tallypost.kit.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns(2);

  @Test
  void givesEachNameItsOwn() throws InterruptedException {
    assertThat(turns.take("a", Duration.ZERO)).isTrue();
    assertThat(turns.take("a", Duration.ZERO)).isTrue();
    assertThat(turns.take("a", Duration.ZERO)).isFalse();
    assertThat(turns.take("b", Duration.ZERO)).isTrue();

    turns.giveBack("a");

    assertThat(turns.take("a", Duration.ZERO)).isTrue();
  }

  @Test
  void knowsNobodyWhoHasNone() throws InterruptedException {
    turns.take("a", Duration.ZERO);
    turns.take("a", Duration.ZERO);
    turns.take("a", Duration.ZERO);
    turns.giveBack("a");
    assertThat(turns.names()).isOne();
    turns.giveBack("a");

    assertThat(turns.names()).isZero();
    assertThatThrownBy(() -> turns.giveBack("a")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void waitsForOneThatIsGivenBack() throws InterruptedException {
    turns.take("a", Duration.ZERO);
    turns.take("a", Duration.ZERO);
    var waiting = Thread.ofVirtual().unstarted(() -> turns.giveBack("a"));
    waiting.start();

    assertThat(turns.take("a", Duration.ofMinutes(1))).isTrue();
    waiting.join();
    assertThat(turns.names()).isOne();
  }
}
