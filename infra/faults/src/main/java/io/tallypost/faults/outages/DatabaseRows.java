package io.tallypost.faults.outages;

import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.TcpProxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A database that crashes, and connections to it that break. */
public final class DatabaseRows {
  private static final Duration DOWN = Duration.ofSeconds(5);
  private static final Duration CUT = Duration.ofSeconds(20);

  public static final Row CRASHED =
      Row.of(
              "postgres-crashed",
              "PostgreSQL stopped as by pg_ctl stop -m immediate, down for 5 s",
              10,
              DatabaseRows::crash)
          .littleLoad();

  public static final Row CUT_AT_COMMIT =
      Row.of(
          "postgres-cut-at-commit",
          "quota's line to PostgreSQL broken right behind COMMIT",
          100,
          DatabaseRows::cutAtCommit);

  public static final Row AUDIT_CUT =
      Row.of(
          "audit-database-cut",
          "audit's line to PostgreSQL broken, 20 s for each cycle in one go",
          30,
          DatabaseRows::cutAudit);

  private DatabaseRows() {}

  private static void crash(Scene scene, int cycles) {
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.someTime(Duration.ofSeconds(1));
      long pid = scene.stack().description().path("postgres").path("pid").asLong();
      ProcessHandle postgres = ProcessHandle.of(pid).orElseThrow();
      Scene.signal("QUIT", pid);
      postgres.onExit().orTimeout(10, TimeUnit.SECONDS).join();
      long accepted = scene.load().answers(202);
      scene.pause(DOWN);
      scene.expect(
          scene.load().answers(202) > accepted, "intake accepted nothing without PostgreSQL");
      scene.stack().control("start", "postgres");
      scene.fault();
      scene.awaitDelivered(20);
    }
  }

  private static void cutAtCommit(Scene scene, int cycles) {
    TcpProxy line = scene.arena().quotaDatabase();
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.someTime(Duration.ofSeconds(1));
      scene.fault();
      line.cutBehind("COMMIT", 1);
      scene.await("a COMMIT", () -> line.cutsDue() == 0);
      scene.awaitDelivered(10);
    }
  }

  private static void cutAudit(Scene scene, int cycles) {
    TcpProxy line = scene.arena().auditDatabase();
    line.cut();
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      long delivered = scene.delivered();
      scene.pause(CUT);
      scene.expect(scene.delivered() > delivered + 50, "deliveries waited for audit's database");
    }
    line.mend();
  }
}
