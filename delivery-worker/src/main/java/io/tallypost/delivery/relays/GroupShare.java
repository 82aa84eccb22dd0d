package io.tallypost.delivery.relays;

import io.tallypost.mail.Lane;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * This worker's share of the group's work. Relays' limits hold for all workers together; nobody
 * counts centrally, so each worker takes the share of its assigned partitions.
 */
public final class GroupShare {
  private record Part(int assigned, int all) {}

  private final Map<Lane, Part> parts = new EnumMap<>(Lane.class);
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /**
   * A lane's partitions changed hands.
   *
   * @param assigned how many of them are this worker's
   * @param all how many there are
   */
  public void assigned(Lane lane, int assigned, int all) {
    synchronized (parts) {
      parts.put(lane, new Part(assigned, all));
    }
    listeners.forEach(Runnable::run);
  }

  /** From 0 to 1; 1 until it is known. */
  double current() {
    synchronized (parts) {
      int all = parts.values().stream().mapToInt(Part::all).sum();
      int assigned = parts.values().stream().mapToInt(Part::assigned).sum();
      return all == 0 ? 1 : Math.min(1, (double) assigned / all);
    }
  }

  void onChange(Runnable listener) {
    listeners.add(listener);
  }
}
