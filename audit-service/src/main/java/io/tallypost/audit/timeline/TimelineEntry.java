package io.tallypost.audit.timeline;

import io.tallypost.events.EventContext;
import java.time.Instant;
import java.util.Comparator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One event of a message's life.
 *
 * @param context the event's common fields, with times in whole microseconds as PostgreSQL keeps
 *     them
 * @param fact the rest of the event
 * @param traceId 32 hex digits; null where the record had none
 * @param requestId the HTTP request's id; null where the record had none
 * @param partition the record's partition
 * @param offset the record's offset
 */
public record TimelineEntry(
    EventContext context,
    Fact fact,
    @Nullable String traceId,
    @Nullable String requestId,
    int partition,
    long offset) {

  /** The order in which people read a timeline. */
  public static final Comparator<TimelineEntry> BY_TIME =
      Comparator.<TimelineEntry, Instant>comparing(entry -> entry.context().occurredAt())
          .thenComparingInt(entry -> entry.fact().rank())
          .thenComparing(TimelineEntry::eventId);

  /** The order that decides the status: a later replay, attempt or rank wins. */
  static final Comparator<TimelineEntry> BY_WEIGHT =
      Comparator.<TimelineEntry>comparingInt(entry -> entry.context().replayCount())
          .thenComparingInt(entry -> entry.context().attempt())
          .thenComparingInt(entry -> entry.fact().rank())
          .thenComparing(BY_TIME);

  /**
   * Which of several records of one event is kept. They differ where a worker was killed between a
   * relay's answer and its commit, and where mail was parked repeatedly before its next attempt.
   */
  public static final Comparator<TimelineEntry> LATEST_RECORD =
      Comparator.<TimelineEntry>comparingInt(TimelineEntry::weight)
          .thenComparing(entry -> entry.context().occurredAt())
          .thenComparingInt(TimelineEntry::partition)
          .thenComparingLong(TimelineEntry::offset);

  /** A counted attempt is never replaced by mere parking. */
  int weight() {
    return fact instanceof Fact.AttemptResult attempted && !attempted.counted() ? 0 : 1;
  }

  public MessageKey key() {
    return MessageKey.of(context);
  }

  public UUID eventId() {
    return context.eventId();
  }
}
