package io.tallypost.faults.tenants;

import io.tallypost.faults.crowd.CrowdProcess;
import io.tallypost.faults.crowd.CrowdReport;
import io.tallypost.faults.scene.Heaps;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.WaitComparison;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** Many who mean ill or know no better, and a tenant that must not feel it. */
public final class HostileRows {
  private static final int PER_SECOND = 50;
  private static final Duration SHORT = Duration.ofSeconds(30);

  /** Keys that were made, caches that were not full yet, and buffers that containers keep. */
  private static final long MOST_GROWTH = 48L * 1024 * 1024;

  public static final Row HOSTILE_HOUR =
      Row.of(
              "hostile-hour",
              "all at once: wrong keys over 400 connections, 300 slow uploads of 1 MB, forms of 4 MB in chunks, 20 senders over their limits, 500 searches, an admin that makes keys as fast as it can; a minute for each cycle",
              5,
              HostileRows::trouble)
          .perSecond(PER_SECOND);

  private HostileRows() {}

  private static void trouble(Scene scene, int cycles) throws IOException {
    boolean full = cycles > 1;
    WaitComparison waits = new WaitComparison(scene, cycles);
    Hostiles hostiles = Hostiles.of(scene);
    Path log = scene.stack().directory().resolve("logs/crowd.log");
    Set<Long> processes = scene.processes();
    Heaps before = Heaps.of(scene);
    CrowdReport answers = CrowdReport.EMPTY;
    LogAge.Most quiet = LogAge.Most.NONE;
    LogAge.Most loud = LogAge.Most.NONE;
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      if (full) {
        try (CrowdProcess crowd = CrowdProcess.start(hostiles.plan().stubbed(), log)) {
          LogAge age = LogAge.watch(scene);
          waits.without();
          quiet = quiet.or(age.end());
          crowd.end();
        }
      }
      try (CrowdProcess crowd = CrowdProcess.start(hostiles.plan(), log)) {
        LogAge age = LogAge.watch(scene);
        waits.with(SHORT);
        // They have less of the machine than anybody, which may be busy.
        CrowdReport earlier = answers;
        scene.await(
            "each of the crowd had its usual answers",
            () -> earlier.plus(crowd.soFar()).missing().isEmpty());
        loud = loud.or(age.end());
        answers = answers.plus(crowd.end());
      }
    }
    Heaps after = Heaps.of(scene);
    scene.expect(scene.processes().equals(processes), "a process has died");
    scene.note("heap after GC " + after.since(before));
    after.expectGrowth(scene, before, MOST_GROWTH);
    scene.note(answers.said());
    answers.wrong().forEach(wrong -> scene.expect(false, wrong));
    long errors = scene.load().errors();
    scene.expect(errors == 0, errors + " errors for the tenant that nobody troubles");
    hostiles.judge(scene);
    scene.note(
        "the log at most %s behind%s"
            .formatted(loud.said(), full ? ", " + quiet.said() + " without them" : ""));
    scene.expect(
        loud.age().compareTo(scene.bound()) <= 0,
        "the log was more than %d s behind".formatted(scene.bound().toSeconds()));
    waits.judge("meanwhile");
  }
}
