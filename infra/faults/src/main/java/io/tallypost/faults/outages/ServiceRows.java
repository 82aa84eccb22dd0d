package io.tallypost.faults.outages;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import java.time.Duration;

/** Quota, intake and audit that die. */
public final class ServiceRows {
  /** Less than a cycle of some twelve seconds asks for, so that it is reached within the run. */
  private static final int LIMIT = 500;

  public static final Row QUOTA_KILLED =
      Row.of(
              "quota-killed",
              "kill -9 one of two quotas at random; the daily limit is met within the run",
              50,
              (scene, cycles) -> kill(scene, "quota", cycles))
          .limit(LIMIT);

  public static final Row INTAKE_KILLED =
      Row.of(
          "intake-killed",
          "kill -9 one of two intakes at random; clients repeat what was not answered",
          20,
          (scene, cycles) -> kill(scene, "intake", cycles));

  public static final Row AUDIT_KILLED =
      Row.of(
          "audit-killed",
          "kill -9 one of two audits at random",
          20,
          (scene, cycles) -> kill(scene, "audit", cycles));

  private ServiceRows() {}

  private static void kill(Scene scene, String role, int cycles) {
    scene.arena().scale(role, 2);
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.someTime(Duration.ofSeconds(1));
      scene.killAndRestart(scene.any(role));
    }
  }
}
