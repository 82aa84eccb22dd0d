package io.tallypost.stack;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Repeats a question whose answer takes a while. */
public final class Patience {

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  /** What takes long is asked for less often: a pause is this part of the time waited so far. */
  private static final int PART = 20;

  private Patience() {}

  /** The first answer, or nothing when the time is over. */
  public static <T> Optional<T> first(Duration limit, Supplier<Optional<T>> question) {
    long start = System.nanoTime();
    while (true) {
      Optional<T> answer = question.get();
      Duration waited = Duration.ofNanos(System.nanoTime() - start);
      if (answer.isPresent() || waited.compareTo(limit) > 0) {
        return answer;
      }
      try {
        Thread.sleep(pause(waited));
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
  }

  private static Duration pause(Duration waited) {
    Duration part = waited.dividedBy(PART);
    if (part.compareTo(SHORTEST_PAUSE) < 0) {
      return SHORTEST_PAUSE;
    }
    return part.compareTo(LONGEST_PAUSE) < 0 ? part : LONGEST_PAUSE;
  }
}
