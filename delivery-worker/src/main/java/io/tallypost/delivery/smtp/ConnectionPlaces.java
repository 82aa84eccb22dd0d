package io.tallypost.delivery.smtp;

import io.tallypost.ids.TenantId;
import io.tallypost.mail.Lane;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The right to use one of a relay's connections, or to be the next for its rate. Among waiting
 * mail, transactional mail goes before bulk mail, which gets no more than its share while that
 * waits, and tenants take turns.
 */
public final class ConnectionPlaces {
  /** If all connections are always in use, one turn in ten is bulk mail's. */
  private static final int LONGEST_PRECEDENCE = 9;

  /** How soon a waiting send notices that it is not worth waiting any more. */
  private static final Duration GLANCE = Duration.ofMillis(50);

  private final int bulkPercent;
  private final Map<Lane, TenantQueue<Waiting>> queues = new EnumMap<>(Lane.class);
  private int capacity;
  private int used;
  private int usedByBulk;
  private int bulkPassedOver;

  /**
   * All are free.
   *
   * @param bulkPercent bulk mail's share while other mail waits
   */
  public ConnectionPlaces(int capacity, int bulkPercent) {
    this.capacity = capacity;
    this.bulkPercent = bulkPercent;
    for (Lane lane : Lane.values()) {
      queues.put(lane, new TenantQueue<>());
    }
  }

  /** A thread that waits, and whether its turn has come. */
  private static final class Waiting {
    final Thread thread = Thread.currentThread();
    volatile boolean hasTurn;
  }

  /** Changes the number of places; taken ones beyond it are returned over time. */
  synchronized void resize(int places) {
    capacity = places;
    giveTurns();
  }

  /**
   * Takes a place, and waits for its turn.
   *
   * @param worthWaiting asked several times a second
   * @return false if waiting is not worth while any more
   * @throws InterruptedException if the thread is to end; no place is taken
   */
  public boolean enter(Lane lane, TenantId tenant, BooleanSupplier worthWaiting)
      throws InterruptedException {
    var mine = new Waiting();
    synchronized (this) {
      queue(lane).add(tenant, mine);
      giveTurns();
    }
    while (!mine.hasTurn) {
      if (Thread.interrupted()) {
        leave(lane, tenant, mine);
        throw new InterruptedException();
      }
      if (!worthWaiting.getAsBoolean()) {
        return !giveUp(lane, tenant, mine);
      }
      LockSupport.parkNanos(this, GLANCE.toNanos());
    }
    return true;
  }

  private void leave(Lane lane, TenantId tenant, Waiting mine) {
    if (!giveUp(lane, tenant, mine)) {
      leave(lane);
    }
  }

  /** False if its turn has come since. */
  private synchronized boolean giveUp(Lane lane, TenantId tenant, Waiting mine) {
    return queue(lane).remove(tenant, mine);
  }

  private void giveTurns() {
    while (used < capacity) {
      boolean bulkWaits = !queue(Lane.BULK).isEmpty();
      boolean othersWait = !queue(Lane.TRANSACTIONAL).isEmpty();
      if (!bulkWaits && !othersWait) {
        return;
      }
      boolean bulk = bulkWaits && (!othersWait || isBulksTurn());
      bulkPassedOver = bulk || !bulkWaits ? 0 : bulkPassedOver + 1;
      used++;
      usedByBulk += bulk ? 1 : 0;
      Waiting next = queue(bulk ? Lane.BULK : Lane.TRANSACTIONAL).next();
      next.hasTurn = true;
      LockSupport.unpark(next.thread);
    }
  }

  /** Whether bulk mail goes before transactional mail, because it has less than its share. */
  private boolean isBulksTurn() {
    int share = Math.max(1, capacity * bulkPercent / 100);
    boolean othersHaveTheirs = capacity > 1 && used - usedByBulk >= capacity - share;
    return usedByBulk < share && (othersHaveTheirs || bulkPassedOver >= LONGEST_PRECEDENCE);
  }

  private TenantQueue<Waiting> queue(Lane lane) {
    TenantQueue<Waiting> queue = queues.get(lane);
    if (queue == null) {
      throw new IllegalStateException("each lane has a queue");
    }
    return queue;
  }

  /** Gives a place back. */
  public synchronized void leave(Lane lane) {
    used--;
    usedByBulk -= lane == Lane.BULK ? 1 : 0;
    giveTurns();
  }

  /** How many sends of either lane wait for a place. */
  synchronized int waiting() {
    return queues.values().stream().mapToInt(TenantQueue::size).sum();
  }

  /** How many sends of a lane wait for a place. */
  synchronized int waiting(Lane lane) {
    return queue(lane).size();
  }

  synchronized int capacity() {
    return capacity;
  }
}
