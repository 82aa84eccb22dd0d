package io.tallypost.faults;

import java.time.Duration;

/**
 * A fault, and what must hold under it.
 *
 * @param name its name on the command line
 * @param what the fault, in a line
 * @param cycles their number in the full form
 * @param perSecond mails sent per second
 * @param copies the most copies per cycle
 * @param limit the key's daily limit, in recipients, for each cycle
 * @param recovery the longest wait of a mail
 * @param brokers their number: 1, or 3 that replicate to each other
 * @param action runs this many cycles
 */
record Row(
    String name,
    String what,
    int cycles,
    int perSecond,
    int copies,
    int limit,
    Duration recovery,
    int brokers,
    Action action) {
  private static final int PLENTY = 1_000_000;
  private static final int PER_SECOND = 30;

  /** Breaks things while mail is being sent. */
  @FunctionalInterface
  interface Action {
    void run(Scene scene, int cycles) throws Exception;
  }

  /** Without a copy, and no mail waits for longer than 15 s. */
  static Row of(String name, String what, int cycles, Action action) {
    return new Row(name, what, cycles, PER_SECOND, 0, PLENTY, Duration.ofSeconds(15), 1, action);
  }

  /** As many copies as a worker has in flight ({@code tallypost.delivery.max-in-flight}). */
  Row copiesOfWhatIsInFlight() {
    return new Row(name, what, cycles, perSecond, 256, limit, recovery, brokers, action);
  }

  /** With another number of copies for each cycle. */
  Row copies(int most) {
    return new Row(name, what, cycles, perSecond, most, limit, recovery, brokers, action);
  }

  /** With so little load that waiting mail is sent at once when the fault is over. */
  Row littleLoad() {
    return new Row(name, what, cycles, 5, copies, limit, recovery, brokers, action);
  }

  /** With this many mails a second. */
  Row perSecond(int mails) {
    return new Row(name, what, cycles, mails, copies, limit, recovery, brokers, action);
  }

  /** With three brokers. */
  Row threeBrokers() {
    return new Row(name, what, cycles, perSecond, copies, limit, recovery, 3, action);
  }

  /** With a daily limit that is met within the run. */
  Row limit(int perCycle) {
    return new Row(name, what, cycles, perSecond, copies, perCycle, recovery, brokers, action);
  }

  /** With another limit for waits. */
  Row recovery(Duration most) {
    return new Row(name, what, cycles, perSecond, copies, limit, most, brokers, action);
  }

  /** The daily limit of the key that is used. */
  int dailyLimit(int times) {
    return (int) Math.min((long) limit * times, PLENTY);
  }
}
