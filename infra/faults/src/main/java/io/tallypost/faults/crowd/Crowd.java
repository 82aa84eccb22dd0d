package io.tallypost.faults.crowd;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** Strangers and tenants that do what they should not, all at once, until their process ends. */
final class Crowd {
  private final Map<Hostility, Map<Integer, LongAdder>> answers = new ConcurrentHashMap<>();

  private Crowd() {}

  /** All of them begin. */
  static Crowd gather(CrowdPlan plan) {
    var crowd = new Crowd();
    var members = new Members(plan);
    for (Hostility kind : Hostility.values()) {
      for (int number = 0; number < kind.members(); number++) {
        Members.Deed deed = members.of(kind, number);
        Thread.ofVirtual().start(() -> crowd.repeat(kind, deed));
      }
    }
    return crowd;
  }

  private void repeat(Hostility kind, Members.Deed deed) {
    long interval = kind.interval().toNanos();
    // Not all in the same moment.
    long due = System.nanoTime() + ThreadLocalRandom.current().nextLong(interval);
    while (true) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      int status;
      try {
        status = deed.once();
      } catch (IOException cutOff) {
        status = 0;
      }
      answers
          .computeIfAbsent(kind, _ -> new ConcurrentHashMap<>())
          .computeIfAbsent(status, _ -> new LongAdder())
          .increment();
      due = Math.max(due + interval, System.nanoTime());
    }
  }

  /** What they were answered so far. */
  CrowdReport report() {
    Map<Hostility, Map<Integer, Long>> counts = new EnumMap<>(Hostility.class);
    answers.forEach((kind, byStatus) -> {
      Map<Integer, Long> sums = new TreeMap<>();
      byStatus.forEach((status, count) -> sums.put(status, count.sum()));
      counts.put(kind, sums);
    });
    return new CrowdReport(counts);
  }
}
