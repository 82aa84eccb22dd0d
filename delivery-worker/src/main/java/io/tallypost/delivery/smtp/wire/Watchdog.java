package io.tallypost.delivery.smtp.wire;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches all sends of the process, several times a second. A conversation has a dozen deadlines
 * that almost never pass: noting a time costs nothing, scheduling and cancelling a task for each
 * costs as much as the conversation.
 */
final class Watchdog implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
  private static final long TICK_NANOS = 50_000_000;

  private static final Set<SendGuard> GUARDS = ConcurrentHashMap.newKeySet();
  private static final Thread THREAD =
      Thread.ofPlatform().daemon().name("smtp-watchdog").start(new Watchdog());
  private static volatile boolean asleep;

  private Watchdog() {}

  static void watch(SendGuard guard) {
    if (GUARDS.add(guard) && asleep) {
      LockSupport.unpark(THREAD);
    }
  }

  static void forget(SendGuard guard) {
    GUARDS.remove(guard);
  }

  @Override
  public void run() {
    while (true) {
      if (GUARDS.isEmpty()) {
        asleep = true;
        // A send that came between the two looks has not woken us.
        if (GUARDS.isEmpty()) {
          LockSupport.park(this);
        }
        asleep = false;
      }
      LockSupport.parkNanos(this, TICK_NANOS);
      long now = System.nanoTime();
      for (SendGuard guard : GUARDS) {
        check(guard, now);
      }
    }
  }

  /** One send that cannot be watched must not cost all others their deadlines. */
  private static void check(SendGuard guard, long now) {
    try {
      guard.check(now);
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("deadlines of a send cannot be checked");
    }
  }
}
