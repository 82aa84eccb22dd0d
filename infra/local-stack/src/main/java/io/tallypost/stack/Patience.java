package io.tallypost.stack;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Repeats a question whose answer takes a while. */
public final class Patience {

  private static final Duration PAUSE = Duration.ofMillis(100);

  private Patience() {}

  /** The first answer, or nothing when the time is over. */
  public static <T> Optional<T> first(Duration limit, Supplier<Optional<T>> question) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Optional<T> answer = question.get();
      if (answer.isPresent() || System.nanoTime() > deadline) {
        return answer;
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return Optional.empty();
      }
    }
  }
}
