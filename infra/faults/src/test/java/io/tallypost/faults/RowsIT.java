package io.tallypost.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short forms of those rows that nothing else in the test suite shows. */
class RowsIT {
  /** Far more than it takes. */
  private static final Duration MOST = Duration.ofMinutes(10);

  private static Arena arena;

  @BeforeAll
  static void open() throws Exception {
    arena = Arena.open(Path.of("..", "..").toAbsolutePath().normalize(), 1);
  }

  @AfterAll
  static void close() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({
    "worker-killed, 1", //
    "postgres-cut-at-commit, 3",
    "quota-killed, 1",
    "exporter-blackholed, 1",
    "broker-killed, 1"
  })
  void holds(String name, int cycles) throws Exception {
    // How long mail waits is for `make faults` on a machine that does nothing else.
    Row row = Rows.named(name).orElseThrow().recovery(MOST);

    Verdict verdict = Scene.play(arena, row, cycles, MOST);
    arena.restore();

    System.out.println(verdict.line());
    assertThat(verdict.wrong()).isEmpty();
    assertThat(verdict.cycles()).isEqualTo(cycles);
  }
}
