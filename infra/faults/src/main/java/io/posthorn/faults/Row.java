package io.posthorn.faults;

import java.time.Duration;

/**
 * A fault, and what must hold under it.
 *
 * @param name what it is called on the command line
 * @param what what is done, in a line
 * @param cycles how often in the full numbers
 * @param copiesPerCycle how many copies a cycle may cause
 * @param limitPerCycle the key's daily limit, for each cycle
 * @param recovery how long a mail may wait at most
 * @param action does it, so many times
 */
record Row(
    String name,
    String what,
    int cycles,
    int copiesPerCycle,
    int limitPerCycle,
    Duration recovery,
    Action action) {
  private static final int PLENTY = 1_000_000;

  /** A row whose load meets no limit. */
  Row(String name, String what, int cycles, int copiesPerCycle, Duration recovery, Action action) {
    this(name, what, cycles, copiesPerCycle, PLENTY, recovery, action);
  }

  /** The daily limit of the key that is used. */
  int limit(int times) {
    return (int) Math.min((long) limitPerCycle * times, PLENTY);
  }

  /** Breaks things while mail is being sent. */
  @FunctionalInterface
  interface Action {
    void run(Scene scene, int cycles) throws Exception;
  }
}
