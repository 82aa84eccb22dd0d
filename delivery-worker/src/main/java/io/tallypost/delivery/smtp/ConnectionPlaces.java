package io.tallypost.delivery.smtp;

import io.tallypost.events.Lane;
import java.time.Duration;

/**
 * The right to use one of a relay's connections. While transactional mail waits for one, bulk mail
 * gets no more than its share of them.
 */
final class ConnectionPlaces {
  private final int bulkPercent;
  private int capacity;
  private int used;
  private int usedByBulk;
  private int transactionalWaiting;
  private int waiting;

  ConnectionPlaces(int capacity, int bulkPercent) {
    this.capacity = capacity;
    this.bulkPercent = bulkPercent;
  }

  /** Changes how many there are; those beyond it are given back by and by. */
  synchronized void resize(int places) {
    capacity = places;
    notifyAll();
  }

  /** Takes a place, waiting for it; false if there was none for so long. */
  synchronized boolean enter(Lane lane, Duration patience) throws InterruptedException {
    boolean transactional = lane == Lane.TRANSACTIONAL;
    long deadline = System.nanoTime() + patience.toNanos();
    transactionalWaiting += transactional ? 1 : 0;
    waiting++;
    try {
      while (!isFreeFor(lane)) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        wait(Math.ceilDiv(left, 1_000_000L));
      }
      used++;
      usedByBulk += transactional ? 0 : 1;
      return true;
    } finally {
      transactionalWaiting -= transactional ? 1 : 0;
      waiting--;
    }
  }

  private boolean isFreeFor(Lane lane) {
    if (used >= capacity) {
      return false;
    }
    return switch (lane) {
      case TRANSACTIONAL -> true;
      case BULK ->
          transactionalWaiting == 0 || usedByBulk < Math.max(1, capacity * bulkPercent / 100);
    };
  }

  synchronized void leave(Lane lane) {
    used--;
    usedByBulk -= lane == Lane.BULK ? 1 : 0;
    notifyAll();
  }

  synchronized int transactionalWaiting() {
    return transactionalWaiting;
  }

  /** How many sends of either lane wait for a place. */
  synchronized int waiting() {
    return waiting;
  }

  synchronized int capacity() {
    return capacity;
  }
}
