package io.tallypost.audit.reads;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Limits how many turns each name has at once. It knows a name while somebody has or awaits a turn.
 */
final class Turns {
  private final int most;
  private final ConcurrentHashMap<String, Place> places = new ConcurrentHashMap<>();

  Turns(int most) {
    this.most = most;
  }

  /** A name's turns, and how many threads have one or wait. */
  private record Place(Semaphore free, int users) {
    Place users(int change) {
      return new Place(free, users + change);
    }
  }

  /**
   * Waits for a turn.
   *
   * @return whether it got one, which must be given back
   */
  boolean take(String name, Duration patience) throws InterruptedException {
    Place place = places.compute(name, (_, known) -> joined(known));
    boolean taken = false;
    try {
      taken = place.free().tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
      return taken;
    } finally {
      if (!taken) {
        leave(name);
      }
    }
  }

  void giveBack(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalStateException("nobody has a turn of " + name);
    }
    place.free().release();
    leave(name);
  }

  /** How many names have or await a turn. */
  int names() {
    return places.size();
  }

  private Place joined(@Nullable Place known) {
    return known == null ? new Place(new Semaphore(most, true), 1) : known.users(1);
  }

  private void leave(String name) {
    places.computeIfPresent(name, (_, place) -> place.users() == 1 ? null : place.users(-1));
  }
}
