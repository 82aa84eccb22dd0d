package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.stack.BenchmarkStack;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The tables of the cost of metrics and traces.
 *
 * @param rounds the cost of each in each round
 */
record OverheadReport(int rate, Duration slice, List<Map<Sight, Cost>> rounds) {
  private static final double MOST_FOR_METRICS = 1;
  private static final double MOST_FOR_A_TENTH = 5;

  /**
   * The cost of a mail in a slice.
   *
   * @param ofParts milliseconds of CPU of each part
   * @param spans how many were exported
   */
  record Cost(Map<String, Double> ofParts, double spans) {
    double of(String part) {
      return Objects.requireNonNull(ofParts.get(part));
    }

    double services() {
      return BenchmarkStack.SERVICES.stream().mapToDouble(this::of).sum();
    }

    double sum() {
      return BenchmarkStack.PARTS.stream().mapToDouble(this::of).sum();
    }
  }

  /** Prints them, and returns whether metrics and traces stay within their bounds. */
  boolean print() {
    System.out.printf(
        ROOT,
        """
        %d rounds of %d s at %d mails/s: each part's median, and least / median / most of all

        | CPU ms/mail | %s | the four services | sum | spans/mail |
        |---|%s---|---|---|
        """,
        rounds.size(),
        slice.toSeconds(),
        rate,
        String.join(" | ", BenchmarkStack.PARTS),
        "---|".repeat(BenchmarkStack.PARTS.size()));
    for (Sight sight : Sight.values()) {
      System.out.printf(
          ROOT,
          "| %s | %s | %s | %s | %.1f |%n",
          sight,
          BenchmarkStack.PARTS.stream()
              .map(part ->
                  String.format(ROOT, "%.2f", spread(sight, cost -> cost.of(part)).median()))
              .collect(Collectors.joining(" | ")),
          spread(sight, Cost::services).cell("%.2f"),
          spread(sight, Cost::sum).cell("%.2f"),
          spread(sight, Cost::spans).median());
    }
    System.out.printf(
        ROOT, "%n| in the same round | of the four services | of the sum |%n|---|---|---|%n");
    double metrics = printRise(Sight.NEITHER, Sight.METRICS);
    double tenth = printRise(Sight.METRICS, Sight.TENTH);
    printRise(Sight.METRICS, Sight.ALL);
    boolean held = metrics < MOST_FOR_METRICS && tenth < MOST_FOR_A_TENTH;
    System.out.printf(
        ROOT,
        "%n%smetrics %.1f %% (less than 1 %% is aimed at), traces of 1 in 10 %.1f %% (5 %%) of the sum%n",
        held ? "" : "FAILED: ",
        metrics,
        tenth);
    return held;
  }

  /** Prints how much more one costs than the other; returns the median's part of the sum, in %. */
  private double printRise(Sight from, Sight to) {
    Spread ofSum = rise(from, to, Cost::sum);
    System.out.printf(
        ROOT,
        "| %s, against %s | %s | %s |%n",
        to,
        from,
        rise(from, to, Cost::services).cell("%+.1f %%"),
        ofSum.cell("%+.1f %%"));
    return ofSum.median();
  }

  private Spread spread(Sight sight, ToDoubleFunction<Cost> number) {
    return Spread.of(
        rounds.stream().mapToDouble(round -> number.applyAsDouble(cost(round, sight))));
  }

  private Spread rise(Sight from, Sight to, ToDoubleFunction<Cost> number) {
    return Spread.of(
        rounds.stream()
            .mapToDouble(round ->
                100
                    * (number.applyAsDouble(cost(round, to))
                            / number.applyAsDouble(cost(round, from))
                        - 1)));
  }

  private static Cost cost(Map<Sight, Cost> round, Sight sight) {
    return Objects.requireNonNull(round.get(sight));
  }
}
