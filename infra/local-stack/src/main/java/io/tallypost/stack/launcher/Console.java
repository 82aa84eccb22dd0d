package io.tallypost.stack.launcher;

import java.io.PrintStream;
import java.time.Duration;

/** The launcher's messages to its user. */
final class Console {

  private final PrintStream out;
  private final long start = System.nanoTime();

  Console(PrintStream out) {
    this.out = out;
  }

  /** One line about a part, with the time since the launcher's start. */
  void progress(String part, String state) {
    double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1_000.0;
    out.printf("%6.1f s  %-10s %s%n", seconds, part, state);
  }

  void line(String text) {
    out.println(text);
  }
}
