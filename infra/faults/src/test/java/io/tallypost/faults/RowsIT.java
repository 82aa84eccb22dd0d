package io.tallypost.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.faults.scene.Arena;
import io.tallypost.faults.scene.Ground;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short forms of those rows that nothing else in the test suite shows. */
class RowsIT {
  /** Far more than it takes. */
  private static final Duration MOST = Duration.ofMinutes(10);

  /** Half of what two cores do with code that was compiled quickly: the rest is for the fault. */
  private static final int PER_SECOND = 15;

  private static Arena arena;

  @BeforeAll
  static void open() throws Exception {
    arena = Arena.open(Path.of("..", "..").toAbsolutePath().normalize(), Ground.ONE_BROKER);
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
    "broker-killed, 1",
    "hand-over, 1",
    "relay-frozen, 1",
    "relay-odd-replies, 1",
    "large-mail, 1",
    "relay-hangs-since-start, 1",
    "relays-hang-since-start, 1",
    "slow-test-mail, 1",
    "loud-tenant, 1",
    "hostile-hour, 1"
  })
  void holds(String name, int cycles) throws Exception {
    Row full = Rows.named(name).orElseThrow();
    // How long mail waits, and at how much load, is for `make faults` on a machine that does
    // nothing else.
    Row row = full.recovery(MOST).perSecond(Math.min(PER_SECOND, full.perSecond()));

    Instant began = Instant.now();
    Verdict verdict = Scene.play(arena, row, cycles, MOST);
    arena.restore();

    System.out.println(
        verdict.line() + " in %d s".formatted(Duration.between(began, Instant.now()).toSeconds()));
    assertThat(verdict.wrong()).isEmpty();
    assertThat(verdict.cycles()).isEqualTo(cycles);
  }
}
