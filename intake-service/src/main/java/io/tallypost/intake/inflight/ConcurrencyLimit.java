package io.tallypost.intake.inflight;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** How many requests each name may have in flight. It remembers only who has some. */
final class ConcurrencyLimit {
  private final int most;
  private final ConcurrentMap<String, Integer> inFlight = new ConcurrentHashMap<>();

  ConcurrencyLimit(int most) {
    this.most = most;
  }

  /** Counts one in, which must be counted out again; false at the limit. */
  boolean tryEnter(String name) {
    if (inFlight.merge(name, 1, Integer::sum) <= most) {
      return true;
    }
    leave(name);
    return false;
  }

  void leave(String name) {
    inFlight.computeIfPresent(name, (_, number) -> number == 1 ? null : number - 1);
  }

  /** How many names have a request in flight. */
  int names() {
    return inFlight.size();
  }
}
