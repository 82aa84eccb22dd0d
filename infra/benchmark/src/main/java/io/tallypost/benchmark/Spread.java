package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import java.util.stream.DoubleStream;

/** The range of several measurements of one thing. */
record Spread(double least, double median, double most) {

  /** Of at least one. */
  static Spread of(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(sorted[0], median, sorted[sorted.length - 1]);
  }

  /** The three in a cell of a table. */
  String cell(String format) {
    return String.format(ROOT, "%1$s / %1$s / %1$s".formatted(format), least, median, most);
  }
}
