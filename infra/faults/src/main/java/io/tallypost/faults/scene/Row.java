package io.tallypost.faults.scene;

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
 * @param ground what it is played on
 * @param action runs this many cycles
 */
public record Row(
    String name,
    String what,
    int cycles,
    int perSecond,
    int copies,
    int limit,
    Duration recovery,
    Ground ground,
    Action action) {
  private static final int PLENTY = 1_000_000;
  private static final int PER_SECOND = 30;

  /** Breaks things while mail is being sent. */
  @FunctionalInterface
  public interface Action {
    void run(Scene scene, int cycles) throws Exception;
  }

  /** Without a copy, and no mail waits for longer than 15 s. */
  public static Row of(String name, String what, int cycles, Action action) {
    return new Row(
        name,
        what,
        cycles,
        PER_SECOND,
        0,
        PLENTY,
        Duration.ofSeconds(15),
        Ground.ONE_BROKER,
        action);
  }

  /** As many copies as a worker has in flight ({@code tallypost.delivery.max-in-flight}). */
  public Row copiesOfWhatIsInFlight() {
    return new Row(name, what, cycles, perSecond, 256, limit, recovery, ground, action);
  }

  /** With another number of copies for each cycle. */
  public Row copies(int most) {
    return new Row(name, what, cycles, perSecond, most, limit, recovery, ground, action);
  }

  /** With so little load that waiting mail is sent at once when the fault is over. */
  public Row littleLoad() {
    return new Row(name, what, cycles, 5, copies, limit, recovery, ground, action);
  }

  /** With this many mails a second. */
  public Row perSecond(int mails) {
    return new Row(name, what, cycles, mails, copies, limit, recovery, ground, action);
  }

  /** With three brokers. */
  public Row threeBrokers() {
    return new Row(
        name, what, cycles, perSecond, copies, limit, recovery, Ground.THREE_BROKERS, action);
  }

  /** With the waits that workers have by default, between attempts and where no relay is asked. */
  public Row defaultWaits() {
    return new Row(
        name, what, cycles, perSecond, copies, limit, recovery, Ground.DEFAULT_WAITS, action);
  }

  /** With short waits between attempts, and the default one where no relay is asked. */
  public Row longParking() {
    return new Row(
        name, what, cycles, perSecond, copies, limit, recovery, Ground.LONG_PARKING, action);
  }

  /** With a daily limit that is met within the run. */
  public Row limit(int perCycle) {
    return new Row(name, what, cycles, perSecond, copies, perCycle, recovery, ground, action);
  }

  /** With another limit for waits. */
  public Row recovery(Duration most) {
    return new Row(name, what, cycles, perSecond, copies, limit, most, ground, action);
  }

  /** The daily limit of the key that is used. */
  int dailyLimit(int times) {
    return (int) Math.min((long) limit * times, PLENTY);
  }
}
