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

/** Rows in their short form, all of a class in one arena. */
abstract class PlayedRows {
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

  /** Plays one, which must hold. */
  static void play(String name, int cycles) throws Exception {
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
