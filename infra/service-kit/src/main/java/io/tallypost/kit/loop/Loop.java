package io.tallypost.kit.loop;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread of a service, from its start to its stop. If what it needs is away (see {@link
 * LoopPolicy}), its work begins again after a pause, for as long as it takes. Any other failure,
 * and an interrupt that nobody asked for, is logged once and ends it, and liveness with it: the
 * platform restarts the process. Nothing dies unnoticed, and nothing repeats a fault of ours for
 * ever.
 */
public final class Loop {
  private static final Logger log = LoggerFactory.getLogger(Loop.class);

  private static final Duration END_OF_A_TASK = Duration.ofSeconds(5);

  /** While it fails in one way, that is said so often. */
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(5);

  /** What a loop does. */
  @FunctionalInterface
  public interface Work {
    /**
     * Works until {@link Loop#isStopping()}, and closes what it opened. If it returns before that,
     * it is called again, unless it said that it is {@link Loop#done()}.
     */
    void run(Loop loop) throws Exception;
  }

  /** What is done from time to time, or once. */
  @FunctionalInterface
  public interface Task {
    void run() throws Exception;
  }

  private final String name;
  private final LoopPolicy policy;
  private final Work work;
  private final Semaphore wakeUps = new Semaphore(0);
  private volatile Runnable onStop = () -> {};
  private volatile Runnable onUnfinished = () -> {};
  private volatile @Nullable Thread thread;
  private volatile boolean stopping;
  private volatile boolean done;
  private volatile boolean joined;
  private int failures;
  private @Nullable Class<?> lastFailure;
  private long saidNanos = System.nanoTime();

  /** A loop of this name, not started yet. */
  public Loop(String name, LoopPolicy policy, Work work) {
    this.name = name;
    this.policy = policy;
    this.work = work;
  }

  /**
   * Does a task at the start, and again so long after each time, also after it failed. A stop does
   * not wait for it for long: it can be done again.
   */
  public static Loop every(Duration pause, String name, Predicate<Exception> away, Task task) {
    return new Loop(
        name,
        LoopPolicy.waitingFor(away).pausing(pause, pause).draining(END_OF_A_TASK),
        loop -> {
          task.run();
          loop.well();
          loop.pause(pause);
        });
  }

  /**
   * Starts its thread, also again after a stop.
   *
   * @throws IllegalStateException if the former one is still at work
   */
  public void start() {
    Thread former = thread;
    if (former != null && former.isAlive()) {
      throw new IllegalStateException(name + " is still at work");
    }
    stopping = false;
    done = false;
    wakeUps.drainPermits();
    thread = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  private void run() {
    try {
      while (!stopping && !done) {
        work();
      }
    } catch (Throwable e) {
      if (stopping && isOfTheStop(e)) {
        log.atDebug().addKeyValue("loop", name).setCause(e).log("loop was broken off by its stop");
      } else if (stopping) {
        log.atWarn().addKeyValue("loop", name).setCause(e).log("loop failed while it was stopping");
        onUnfinished.run();
      } else {
        log.atError()
            .addKeyValue("loop", name)
            .setCause(e)
            .log("loop died, the process must restart");
      }
    }
  }

  private static boolean isOfTheStop(Throwable failure) {
    return failure instanceof WakeupException
        || failure instanceof InterruptException
        || failure instanceof InterruptedException;
  }

  private void work() throws Exception {
    try {
      work.run(this);
    } catch (Exception e) {
      if (stopping || !policy.away().test(e)) {
        throw e;
      }
      pause(away(e));
    }
  }

  /**
   * Says, on its thread, that what it needs is away: for work that waits for it without ending, as
   * a member of a group does. An outage lasts until it is {@link #well()}.
   *
   * @return how long to wait before the next try
   */
  public Duration away(Exception e) {
    failures++;
    long now = System.nanoTime();
    if (failures == 1
        || !e.getClass().equals(lastFailure)
        || now - saidNanos >= BETWEEN_LINES.toNanos()) {
      lastFailure = e.getClass();
      saidNanos = now;
      log.atWarn()
          .addKeyValue("loop", name)
          .setCause(e)
          .log("what the loop needs is away, trying again until it is there");
    }
    return policy.pause(failures);
  }

  /** Says, on its thread, that what it needs is there; the next failure is the first again. */
  public void well() {
    if (failures > 0) {
      log.atInfo().addKeyValue("loop", name).addKeyValue("failures", failures).log("loop goes on");
      failures = 0;
    }
  }

  /** Says that its work is done for good. */
  public void done() {
    done = true;
  }

  /** Says that it is a member of its group. */
  public void joined() {
    joined = true;
  }

  /** Whether it has ever been a member of its group; it may have no partition. */
  public boolean hasJoined() {
    return joined;
  }

  /** Whether it was told to stop. */
  public boolean isStopping() {
    return stopping;
  }

  /**
   * Waits so long, shorter if it is woken or told to stop.
   *
   * @return whether it was woken
   */
  public boolean pause(Duration time) throws InterruptedException {
    boolean woken = wakeUps.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS);
    if (!stopping) {
      wakeUps.drainPermits();
    }
    return woken;
  }

  /** Ends the present or the next {@link #pause}. */
  public void wake() {
    wakeUps.release();
  }

  /** What wakes the work where it waits for something else when the loop is told to stop. */
  public void onStop(Runnable action) {
    onStop = action;
    if (stopping) {
      action.run();
    }
  }

  /** What is told when the work did not end within its time, or failed while it was stopping. */
  void onUnfinished(Runnable action) {
    onUnfinished = action;
  }

  /** Tells it to stop, without waiting. */
  public void askToStop() {
    stopping = true;
    wake();
    onStop.run();
  }

  /** Tells it to stop, and waits until it has; after its time it is interrupted. */
  public void stop() {
    askToStop();
    Thread running = thread;
    if (running == null) {
      return;
    }
    try {
      if (!running.join(policy.drain())) {
        log.atWarn().addKeyValue("loop", name).log("loop did not end in time, it is broken off");
        onUnfinished.run();
        running.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it was started and has not ended since it was told to stop. */
  boolean isRunning() {
    Thread running = thread;
    return running != null && (!stopping || running.isAlive());
  }

  /** False when it has died. */
  public boolean isAlive() {
    Thread running = thread;
    return stopping || done || running == null || running.isAlive();
  }

  /** How long its stop may take. */
  public Duration drain() {
    return policy.drain();
  }

  /** Its thread's name. */
  public String name() {
    return name;
  }
}
