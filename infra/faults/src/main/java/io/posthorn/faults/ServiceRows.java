package io.posthorn.faults;

import java.time.Duration;

/** Quota, intake and audit that die. */
final class ServiceRows {
  private static final Duration TAKE_OVER = Duration.ofSeconds(15);

  /** Less than is asked for in a cycle of some ten seconds, so that it is met within the run. */
  private static final int LIMIT = 400;

  static final Row QUOTA_KILLED =
      new Row(
          "quota-killed",
          "kill -9 one of two quotas at random; the daily limit is met within the run",
          50,
          0,
          LIMIT,
          TAKE_OVER,
          (scene, cycles) -> kill(scene, "quota", cycles));

  static final Row INTAKE_KILLED =
      new Row(
          "intake-killed",
          "kill -9 one of two intakes at random; clients repeat what was not answered",
          20,
          0,
          TAKE_OVER,
          (scene, cycles) -> kill(scene, "intake", cycles));

  static final Row AUDIT_KILLED =
      new Row(
          "audit-killed",
          "kill -9 one of two audits at random",
          20,
          0,
          TAKE_OVER,
          (scene, cycles) -> kill(scene, "audit", cycles));

  private ServiceRows() {}

  private static void kill(Scene scene, String role, int cycles) {
    scene.arena().scale(role, 2);
    for (int cycle = 0; cycle < cycles; cycle++) {
      scene.awaitDelivered(20);
      scene.someTime(Duration.ofSeconds(1));
      scene.killAndRestart(scene.any(role));
    }
  }
}
