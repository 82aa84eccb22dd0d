package io.tallypost.faults.scene;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How long the mail of the untroubled tenant waits, without a fault elsewhere and with one: slices
 * take turns, so that other load on the machine slows both alike. The short form of a row has one
 * slice, with the fault: too few mails to compare.
 */
public final class WaitComparison {
  /** Less than this is noise on a machine with two cores. */
  private static final Duration NOISE = Duration.ofMillis(500);

  /** The limit for one slice. */
  private static final Duration ONE_SLICE = Duration.ofSeconds(2);

  private static final Duration AFTERGLOW = Duration.ofSeconds(3);

  private static final int MOST_TIMES_SLOWER = 2;

  private static final Duration FULL_SLICE = Duration.ofSeconds(60);

  private final Scene scene;
  private final boolean compares;
  private final List<Duration> without = new ArrayList<>();
  private final List<Duration> with = new ArrayList<>();

  /**
   * With what is measured still to come.
   *
   * @param cycles of the row: one in its short form
   */
  public WaitComparison(Scene scene, int cycles) {
    this.scene = scene;
    this.compares = cycles > 1;
  }

  /** A slice without a fault. */
  public void without() {
    if (compares) {
      without.add(slice(FULL_SLICE));
    }
  }

  /**
   * A slice with a fault elsewhere.
   *
   * @param least its length in the short form
   */
  public void with(Duration least) {
    with.add(slice(compares && least.compareTo(FULL_SLICE) < 0 ? FULL_SLICE : least));
  }

  /** Mail requested since then was requested during a fault elsewhere. */
  public void withSince(Instant from) {
    with.add(slowestOfHundred(from, Instant.now()));
  }

  private Duration slice(Duration time) {
    Instant from = Instant.now();
    scene.pause(time);
    return slowestOfHundred(from, Instant.now());
  }

  /** The 99th percentile of the waits of mail requested in this time. */
  private Duration slowestOfHundred(Instant from, Instant until) {
    // Mail on its way at the slice's end must not count as if its wait were over.
    scene.pause(AFTERGLOW);
    var received = Books.received(scene.arena().sink().inbox().mails(), "");
    List<Duration> waits =
        scene.load().soFar().stream()
            .filter(Request::accepted)
            .filter(request -> request.askedAt().isAfter(from) && request.askedAt().isBefore(until))
            .map(request -> wait(request, received.get(request.internetMessageId())))
            .sorted()
            .toList();
    scene.expect(!waits.isEmpty(), "no mail was sent meanwhile");
    return waits.isEmpty() ? Duration.ZERO : waits.get((waits.size() - 1) * 99 / 100);
  }

  /** A mail that has not arrived yet has waited until now. */
  private static Duration wait(Request request, @Nullable List<Instant> received) {
    Instant at = received == null ? Instant.now() : received.getFirst();
    return Duration.between(request.askedAt(), at);
  }

  /** Notes the figures; the others may have noticed. */
  public void note(String meanwhile) {
    scene.note(said(median(with), meanwhile));
  }

  /** In the median of all slices the others must not have noticed. */
  public void judge(String meanwhile) {
    judge(median(with), meanwhile);
  }

  /** In no slice may the others have noticed. */
  public void judgeEach(String meanwhile) {
    judge(with.stream().max(Duration::compareTo).orElseThrow(), meanwhile);
  }

  private void judge(Duration slow, String meanwhile) {
    scene.note(said(slow, meanwhile));

    Duration most =
        compares ? longer(median(without), NOISE).multipliedBy(MOST_TIMES_SLOWER) : ONE_SLICE;
    scene.expect(
        slow.compareTo(most) <= 0, "p99 of the others above %d ms".formatted(most.toMillis()));
  }

  private String said(Duration slow, String meanwhile) {
    String before = compares ? "%d ms before, ".formatted(median(without).toMillis()) : "";
    return "p99 of the others %s%d ms %s".formatted(before, slow.toMillis(), meanwhile);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Duration median(List<Duration> times) {
    return times.stream().sorted().toList().get((times.size() - 1) / 2);
  }
}
