package io.tallypost.benchmark.sink;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What the sink has answered 250, by Message-ID. */
public final class Deliveries {
  private final Journal journal;
  private final Map<String, Long> firstMicros = new HashMap<>();
  private long copies;

  public Deliveries(Journal journal) {
    this.journal = journal;
  }

  /** Waits until these are there, or the time is over. */
  public void await(Collection<String> messageIds, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    read();
    while (!firstMicros.keySet().containsAll(messageIds) && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      read();
    }
  }

  private void read() {
    for (Journal.Entry entry : journal.news()) {
      if (firstMicros.putIfAbsent(entry.messageId(), entry.atMicros()) != null) {
        copies++;
      }
    }
  }

  /** When the first copy was answered 250; null for a mail that did not arrive. */
  public @Nullable Long atMicros(String messageId) {
    return firstMicros.get(messageId);
  }

  /** How many different mails there are. */
  public long distinct() {
    return firstMicros.size();
  }

  /** How many of them came more than once. */
  public long copies() {
    return copies;
  }
}
