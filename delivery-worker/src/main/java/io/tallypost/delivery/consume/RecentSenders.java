package io.tallypost.delivery.consume;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Knows the last two senders that had mail, and so for each whether somebody else had. */
final class RecentSenders {
  private record Seen(Sender sender, long atNanos) {}

  private final Duration memory;
  private @Nullable Seen last;
  private @Nullable Seen lastOther;

  /**
   * Knows nobody yet.
   *
   * @param memory how long that lasts
   */
  RecentSenders(Duration memory) {
    this.memory = memory;
  }

  void seen(Sender sender, long nowNanos) {
    if (last != null && !last.sender().equals(sender)) {
      lastOther = last;
    }
    last = new Seen(sender, nowNanos);
  }

  /** Whether anybody but this one had mail recently. */
  boolean hasOthersThan(Sender sender, long nowNanos) {
    Seen other = last != null && !last.sender().equals(sender) ? last : lastOther;
    return other != null && nowNanos - other.atNanos() < memory.toNanos();
  }
}
