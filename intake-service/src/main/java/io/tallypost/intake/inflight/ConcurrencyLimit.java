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
    // One that is refused is never counted: it would take the place of another for a moment.
    while (true) {
      Integer others = inFlight.putIfAbsent(name, 1);
      if (others == null) {
        return true;
      }
      if (others >= most) {
        return false;
      }
      if (inFlight.replace(name, others, others + 1)) {
        return true;
      }
    }
  }

  void leave(String name) {
    inFlight.computeIfPresent(name, (_, number) -> number == 1 ? null : number - 1);
  }

  /** How many names have a request in flight. */
  int names() {
    return inFlight.size();
  }
}
