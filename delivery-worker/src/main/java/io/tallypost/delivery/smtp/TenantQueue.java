package io.tallypost.delivery.smtp;

import io.tallypost.ids.TenantId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;

/** A queue in which tenants take turns, whatever each of them has in it. Not thread-safe. */
final class TenantQueue<T> {
  private final Map<TenantId, Deque<T>> waiting = new LinkedHashMap<>();
  private int size;

  void add(TenantId tenant, T one) {
    waiting.computeIfAbsent(tenant, _ -> new ArrayDeque<>()).addLast(one);
    size++;
  }

  /**
   * Takes the first entry of the tenant whose turn it is.
   *
   * @throws NoSuchElementException if nothing waits
   */
  T next() {
    Iterator<Map.Entry<TenantId, Deque<T>>> turns = waiting.entrySet().iterator();
    Map.Entry<TenantId, Deque<T>> turn = turns.next();
    TenantId tenant = turn.getKey();
    Deque<T> queue = turn.getValue();
    T first = queue.removeFirst();
    turns.remove();
    if (!queue.isEmpty()) {
      waiting.put(tenant, queue);
    }
    size--;
    return first;
  }

  /** Removes an entry that does not wait any more; false if it has had its turn. */
  boolean remove(TenantId tenant, T one) {
    Deque<T> queue = waiting.get(tenant);
    if (queue == null || !queue.remove(one)) {
      return false;
    }
    if (queue.isEmpty()) {
      waiting.remove(tenant);
    }
    size--;
    return true;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }
}
