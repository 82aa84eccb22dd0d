package io.tallypost.stack.cli;

import java.io.PrintStream;
import java.time.Duration;

/** The launcher's messages to its user. */
public final class Console {

  private final PrintStream out;
  private final long start = System.nanoTime();

  public Console(PrintStream out) {
    this.out = out;
  }

  /** One line about a part, with the time since the launcher's start. */
  public void progress(String part, String state) {
    double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1_000.0;
    out.printf("%6.1f s  %-10s %s%n", seconds, part, state);
  }

  public void line(String text) {
    out.println(text);
  }
}
