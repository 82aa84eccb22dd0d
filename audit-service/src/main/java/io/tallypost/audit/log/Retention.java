package io.tallypost.audit.log;

import io.tallypost.audit.AuditSettings;
import io.tallypost.audit.deadletter.DeadLetterLog;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.replay.ReplayJobs;
import io.tallypost.kit.loop.Away;
import io.tallypost.kit.loop.Loop;
import io.tallypost.kit.loop.Looping;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Makes the coming days' partitions, drops those that are too old, and old dead letters, replays
 * and notes of who did what.
 */
@Component
class Retention implements Looping {
  private static final Logger log = LoggerFactory.getLogger(Retention.class);
  private static final Duration EVERY = Duration.ofHours(1);

  private final DayPartitions partitions;
  private final DeadLetterLog deadLetters;
  private final ReplayJobs replays;
  private final AdminLog adminLog;
  private final AuditSettings settings;
  private final InstantSource clock;
  private final Loop loop;

  Retention(
      DayPartitions partitions,
      DeadLetterLog deadLetters,
      ReplayJobs replays,
      AdminLog adminLog,
      AuditSettings settings,
      InstantSource clock) {
    this.partitions = partitions;
    this.deadLetters = deadLetters;
    this.replays = replays;
    this.adminLog = adminLog;
    this.settings = settings;
    this.clock = clock;
    this.loop = Loop.every(EVERY, "retention", Away.DATABASE, this::applyNow);
  }

  @Override
  public Loop loop() {
    return loop;
  }

  private void applyNow() {
    apply(clock.instant());
  }

  void apply(Instant now) {
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    partitions.ensure(
        Stream.iterate(today, day -> day.plusDays(1))
            .limit(settings.partitionsAhead() + 1L)
            .toList());
    List<LocalDate> dropped = partitions.dropBefore(today.minusDays(settings.retention().toDays()));
    int letters = deadLetters.forgetBefore(now.minus(settings.deadLetterRetention()));
    Instant operations = now.minus(settings.operationsRetention());
    int jobs = replays.forgetBefore(operations);
    int entries = adminLog.forgetBefore(now.minus(settings.adminLogRetention()));
    if (!dropped.isEmpty() || letters + jobs + entries > 0) {
      log.atInfo()
          .addKeyValue("days", dropped)
          .addKeyValue("dead_letters", letters)
          .addKeyValue("replays", jobs)
          .addKeyValue("entries", entries)
          .log("old rows dropped");
    }
  }
}
