package io.tallypost.faults.outages;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;

import io.tallypost.faults.scene.Arena;
import io.tallypost.faults.scene.Heaps;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.TcpProxy;
import io.tallypost.stack.client.StackProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

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
    StackProcess stack = scene.stack();
    scene.await("spans are exported", () -> spans(stack, "exported") > 0);
    Heaps before = Heaps.of(scene);
    double givenUp = spans(stack, "failed") + spans(stack, "dropped");
    long began = System.nanoTime();
    long delivered = scene.delivered();
    scene.pause(BASELINE);
    double baseline =
        Math.min(BLACKHOLED.perSecond(), perSecond(scene.delivered() - delivered, began));

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
        "spans are given up", () -> spans(stack, "failed") + spans(stack, "dropped") > givenUp);
    double lost = spans(stack, "failed") + spans(stack, "dropped") - givenUp;

    double exported = spans(stack, "exported");
    line.mend();
    scene.await("spans are exported again", () -> spans(stack, "exported") > exported);
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
  private static double spans(StackProcess stack, String fate) {
    String series = "tallypost_spans_total{fate=\"" + fate + "\"";
    return Arena.ROLES.stream()
        .flatMap(role -> stack.services(role).stream())
        .flatMap(service -> metrics(service).lines())
        .filter(line -> line.startsWith(series))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static String metrics(JsonNode service) {
    URI page = URI.create(service.path("management").asString() + "/metrics");
    try (InputStream in = page.toURL().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
