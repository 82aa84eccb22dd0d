package io.tallypost.delivery.consume;

import io.tallypost.events.Lane;

/**
 * How many messages this worker may have under way, in all lanes together. While transactional mail
 * waits, bulk mail gets no more than its share.
 */
final class Budget {
  private final int size;
  private final int bulkShare;
  private int inFlight;
  private int bulkInFlight;
  private boolean transactionalWaits;

  Budget(int size, int bulkPercent) {
    this.size = size;
    this.bulkShare = Math.max(1, size * bulkPercent / 100);
  }

  synchronized boolean hasRoom(Lane lane) {
    return inFlight < size
        && switch (lane) {
          case TRANSACTIONAL -> true;
          case BULK -> !transactionalWaits || bulkInFlight < bulkShare;
        };
  }

  synchronized void begun(Lane lane) {
    inFlight++;
    bulkInFlight += lane == Lane.BULK ? 1 : 0;
  }

  synchronized void ended(Lane lane) {
    inFlight--;
    bulkInFlight -= lane == Lane.BULK ? 1 : 0;
  }

  /** Whether mail of this lane is here and has not begun. */
  synchronized void waits(Lane lane, boolean waiting) {
    if (lane == Lane.TRANSACTIONAL) {
      transactionalWaits = waiting;
    }
  }

  synchronized int inFlight() {
    return inFlight;
  }
}
