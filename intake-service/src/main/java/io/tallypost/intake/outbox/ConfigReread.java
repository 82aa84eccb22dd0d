package io.tallypost.intake.outbox;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Takes recent changes from PostgreSQL into the views, in case Kafka's events are late. The views
 * compare versions, so it does not matter which of the two is first.
 */
public class ConfigReread {
  /** Replicas' clocks differ, and a row is seen only when its transaction has ended. */
  private static final Duration OVERLAP = Duration.ofMinutes(5);

  /** Longer than a replica can lack both Kafka and PostgreSQL and still be trusted. */
  private static final Duration TOMBSTONES_KEPT = Duration.ofDays(7);

  private final List<ConfigTopic<?>> topics;
  private final Tombstones tombstones;
  private Instant last = Instant.EPOCH;

  ConfigReread(List<ConfigTopic<?>> topics, Tombstones tombstones) {
    this.topics = topics;
    this.tombstones = tombstones;
  }

  /** One round; the next begins where the last good one began. */
  public void run(Instant now) {
    Instant since = last.equals(Instant.EPOCH) ? last : last.minus(OVERLAP);
    List<Tombstones.Tombstone> deleted = tombstones.since(since);
    topics.forEach(topic -> topic.reread(since, deleted));
    tombstones.forgetBefore(now.minus(TOMBSTONES_KEPT));
    last = now;
  }
}
