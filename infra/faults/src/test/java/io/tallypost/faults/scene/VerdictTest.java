package io.tallypost.faults.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final Row ROW = Row.of("row", "what is done", 50, (scene, cycles) -> {});
  private static final Tally WELL = new Tally(100, 0, 0, 0, 0, 0, 0, Duration.ZERO);

  @Test
  void holdsAfterAllItsCycles() {
    Verdict verdict = Verdict.of(ROW, 50, 50, WELL, List.of(), List.of());

    assertThat(verdict.holds()).isTrue();
    assertThat(verdict.line()).contains("| 50 | 100 |").endsWith("| holds |");
  }

  @Test
  void failsWhenItWasCutShort() {
    Verdict verdict = Verdict.of(ROW, 50, 3, WELL, List.of(), List.of());

    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.line()).contains("| 3 | 100 |").endsWith("| FAILS: only 3 of 50 cycles |");
  }

  /** Those that were run, and not those that were asked for. */
  @Test
  void allowsCopiesForTheCyclesThatWereRun() {
    Tally copies = new Tally(100, 0, 0, 7, 0, 0, 0, Duration.ZERO);

    assertThat(Verdict.of(ROW.copies(2), 50, 3, copies, List.of(), List.of()).wrong())
        .containsExactly("only 3 of 50 cycles", "more than 6 copies");
  }

  @Test
  void saysAllThatWasWrong() {
    Tally lost = new Tally(100, 2, 0, 0, 0, 1, 0, Duration.ZERO);

    assertThat(Verdict.of(ROW, 1, 1, lost, List.of(), List.of("a worker has died")).line())
        .endsWith("| FAILS: a worker has died; 2 lost; 1 dead letters |");
  }
}
