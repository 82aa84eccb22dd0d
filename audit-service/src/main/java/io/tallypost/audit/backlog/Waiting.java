package io.tallypost.audit.backlog;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The records of a topic that a group has not read.
 *
 * @param records offsets between the group's place and the topic's end; where records are written
 *     in transactions, each transaction takes one offset beside its records
 * @param since when the first of them was written; null if nothing waits
 * @param dueAt when the first of them is due, in a retry topic
 */
record Waiting(long records, @Nullable Instant since, @Nullable Instant dueAt) {
  static final Waiting NOTHING = new Waiting(0, null, null);

  /** Together with those of another partition: the earlier times count. */
  Waiting and(Waiting other) {
    return new Waiting(
        records + other.records, earlier(since, other.since), earlier(dueAt, other.dueAt));
  }

  private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isBefore(other) ? one : other;
  }
}
