package io.tallypost.faults.outages;

import static java.util.Locale.ROOT;

import io.tallypost.faults.scene.Arena;
import io.tallypost.faults.scene.Heaps;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.TcpProxy;
import java.time.Duration;

/** A collector of traces that no longer answers. */
public final class ExporterRows {
  private static final Duration BASELINE = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final Duration SHORT_SILENCE = Duration.ofSeconds(15);
  private static final double LEAST_OF_BASELINE = 0.95;

  /** A machine that stood still for a moment has caught up by then; one held up has not. */
  private static final int SECOND_LOOKS = 2;

  /** Room for the 2 048 spans that may wait, those under way, and caches that are not full yet. */
  private static final long MOST_GROWTH = 16L * 1024 * 1024;

  public static final Row BLACKHOLED =
      Row.of(
          "exporter-blackholed",
          "the collector of traces takes connections and never answers, 30 s for each cycle in one go",
          10,
          ExporterRows::blackhole);

  private ExporterRows() {}

  private static void blackhole(Scene scene, int cycles) {
    scene.await("spans are exported", () -> spans(scene, "exported") > 0);
    Heaps before = Heaps.of(scene);
    double givenUp = spans(scene, "failed") + spans(scene, "dropped");
    long began = System.nanoTime();
    long delivered = scene.delivered();
    scene.pause(BASELINE);
    double baseline =
        Math.min(scene.load().perSecond(), perSecond(scene.delivered() - delivered, began));

    TcpProxy line = scene.arena().collector();
    line.swallow();
    began = System.nanoTime();
    delivered = scene.delivered();
    for (int cycle = 0; scene.goesOn(cycle, cycles); cycle++) {
      scene.pause(cycles == 1 ? SHORT_SILENCE : SILENCE);
    }
    double silent = perSecond(scene.delivered() - delivered, began);
    for (int look = 0; look < SECOND_LOOKS && silent < LEAST_OF_BASELINE * baseline; look++) {
      scene.pause(SILENCE);
      silent = perSecond(scene.delivered() - delivered, began);
    }
    Heaps after = Heaps.of(scene);
    scene.expect(
        silent >= LEAST_OF_BASELINE * baseline,
        String.format(ROOT, "%.1f mails/s instead of %.1f", silent, baseline));
    scene.await(
        "spans are given up", () -> spans(scene, "failed") + spans(scene, "dropped") > givenUp);
    double lost = spans(scene, "failed") + spans(scene, "dropped") - givenUp;

    double exported = spans(scene, "exported");
    line.mend();
    scene.await("spans are exported again", () -> spans(scene, "exported") > exported);
    scene.note(
        String.format(
            ROOT,
            "%.1f mails/s before, %.1f meanwhile; %.0f spans given up; heap after GC %s",
            baseline,
            silent,
            lost,
            after.since(before)));
    after.expectGrowth(scene, before, MOST_GROWTH);
  }

  private static double perSecond(long mails, long since) {
    return mails * 1e9 / (System.nanoTime() - since);
  }

  /** How many spans of all services have had this fate. */
  private static double spans(Scene scene, String fate) {
    return Arena.ROLES.stream()
        .mapToDouble(role -> scene.metric(role, "tallypost_spans_total{fate=\"" + fate + "\""))
        .sum();
  }
}
