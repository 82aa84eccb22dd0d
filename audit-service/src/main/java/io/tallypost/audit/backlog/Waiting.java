package io.tallypost.audit.backlog;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a group has not read of a topic.
 *
 * @param records offsets between the group's place and the topic's end; where records are written
 *     in transactions, each transaction takes one offset beside its records
 * @param since when the first of them was written; null where nothing waits
 * @param dueAt when the first of them is due, where it waits for its time
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
