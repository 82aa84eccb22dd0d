package io.tallypost.delivery.consume;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Knows the last two who had mail, and thereby for each whether somebody else had. */
final class RecentSenders {
  private record Seen(Sender sender, long atNanos) {}

  private final Duration memory;
  private @Nullable Seen last;
  private @Nullable Seen lastOther;

  /**
   * Knows nobody yet.
   *
   * @param memory how long ago that may be
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

  /** Whether anybody but this one had mail lately. */
  boolean hasOthersThan(Sender sender, long nowNanos) {
    Seen other = last != null && !last.sender().equals(sender) ? last : lastOther;
    return other != null && nowNanos - other.atNanos() < memory.toNanos();
  }
}
