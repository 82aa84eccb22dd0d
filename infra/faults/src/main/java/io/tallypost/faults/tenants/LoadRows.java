package io.tallypost.faults.tenants;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import java.time.Duration;
import java.util.Set;

/** More mail than the machine can send. */
public final class LoadRows {
  private static final Duration CYCLE = Duration.ofMinutes(1);

  public static final Row OVERLOAD =
      Row.of(
              "overload",
              "ten times the load of the other rows, a minute for each cycle; then what has piled up is sent",
              5,
              LoadRows::overload)
          .perSecond(300)
          .recovery(Duration.ofHours(1));

  private LoadRows() {}

  private static void overload(Scene scene, int cycles) {
    Set<Long> processes = scene.processes();
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.pause(CYCLE);
    }
    scene.load().pause(true);
    long before;
    do {
      before = scene.delivered();
      // While it lasts, it may take its time.
      scene.pause(Duration.ofSeconds(10));
    } while (scene.delivered() > before);
    scene.expect(scene.processes().equals(processes), "a process has died");
    scene.note(
        "answers: %d × 202, %d × 429, %d × 503"
            .formatted(
                scene.load().answers(202), scene.load().answers(429), scene.load().answers(503)));
  }
}
