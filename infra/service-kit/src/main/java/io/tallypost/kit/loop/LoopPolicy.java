package io.tallypost.kit.loop;

import java.time.Duration;
import java.util.function.Predicate;

/**
 * How a {@link Loop} takes failures and its stop.
 *
 * @param away whether a failure is one of what the loop needs, which is waited for
 * @param firstPause before the next try after such a failure; each further pause is twice as long
 * @param longestPause the longest of those pauses
 * @param drain how long the work may take to end once the loop is told to stop
 */
public record LoopPolicy(
    Predicate<Exception> away, Duration firstPause, Duration longestPause, Duration drain) {
  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final Duration DRAIN = Duration.ofSeconds(25);

  /** Waits for what is away, half a second at first and at most five; 25 seconds to stop. */
  public static LoopPolicy waitingFor(Predicate<Exception> away) {
    return new LoopPolicy(away, FIRST, LONGEST, DRAIN);
  }

  /** With these pauses. */
  public LoopPolicy pausing(Duration first, Duration longest) {
    return new LoopPolicy(away, first, longest, drain);
  }

  /** With this time to stop. */
  public LoopPolicy draining(Duration time) {
    return new LoopPolicy(away, firstPause, longestPause, time);
  }

  /** The pause after so many failures in a row, from 1 on. */
  public Duration pause(int failures) {
    Duration pause = firstPause;
    for (int i = 1; i < failures && pause.compareTo(longestPause) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(longestPause) < 0 ? pause : longestPause;
  }
}
