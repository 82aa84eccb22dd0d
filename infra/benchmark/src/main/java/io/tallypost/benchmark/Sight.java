package io.tallypost.benchmark;

import java.util.concurrent.ThreadLocalRandom;

/** How much of a mail is traced. */
enum Sight {
  NEITHER("neither", 0),
  METRICS("metrics", 0),
  TENTH("metrics, traces of 1 in 10", 1),
  ALL("metrics, traces of all", 10);

  private final String words;
  private final int ofTen;

  Sight(String words, int ofTen) {
    this.words = words;
    this.ofTen = ofTen;
  }

  /** W3C Trace Context: the last two digits say whether the caller traces this request. */
  String traceparent(long request) {
    var random = ThreadLocalRandom.current();
    return "traceparent: 00-%016x%016x-%016x-%s"
        .formatted(
            random.nextLong() | 1,
            random.nextLong(),
            random.nextLong() | 1,
            request % 10 < ofTen ? "01" : "00");
  }

  @Override
  public String toString() {
    return words;
  }
}
