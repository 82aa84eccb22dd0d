package io.tallypost.audit.log;

import io.tallypost.audit.deadletter.DeadLetterLog;
import io.tallypost.audit.deadletter.StoredLetter;
import io.tallypost.audit.operator.AdminLog;
import io.tallypost.audit.timeline.Claim;
import io.tallypost.audit.timeline.MessageKey;
import io.tallypost.audit.timeline.MessageRows;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.OperatorAction;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes events and dead letters so that the rows depend only on the topics' contents, in whatever
 * order, how often and by how many replicas they are read. A message's events are added to its
 * timeline, and its other rows are computed from all events of the submission that owns it.
 */
@Component
class AuditLog {
  private final TransactionTemplate transaction;
  private final DayPartitions partitions;
  private final Timelines timelines;
  private final MessageRows messages;
  private final DeadLetterLog deadLetters;
  private final AdminLog adminLog;

  AuditLog(
      PlatformTransactionManager transactions,
      DayPartitions partitions,
      Timelines timelines,
      MessageRows messages,
      DeadLetterLog deadLetters,
      AdminLog adminLog) {
    this.transaction = new TransactionTemplate(transactions);
    this.transaction.setName("write_log");
    this.partitions = partitions;
    this.timelines = timelines;
    this.messages = messages;
    this.deadLetters = deadLetters;
    this.adminLog = adminLog;
  }

  /**
   * Writes a batch in one transaction.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked, or refuses;
   *     nothing is written then
   * @throws org.springframework.transaction.TransactionException if PostgreSQL cannot be asked
   */
  void write(
      Collection<TimelineEntry> entries,
      Collection<StoredLetter> letters,
      Collection<OperatorAction> actions,
      Collection<AdminEntry> logged) {
    SortedMap<LocalDate, List<TimelineEntry>> days = eachOnceByDay(entries);
    try {
      partitions.ensure(days.keySet());
      transaction.executeWithoutResult(status -> {
        days.values().forEach(this::writeDay);
        deadLetters.write(eachOnce(letters));
        deadLetters.apply(actions);
        adminLog.write(logged);
      });
    } catch (RuntimeException e) {
      partitions.forgetKnown();
      throw e;
    }
  }

  private void writeDay(List<TimelineEntry> entries) {
    SortedMap<MessageKey, List<TimelineEntry>> byMessage =
        entries.stream()
            .collect(Collectors.groupingBy(TimelineEntry::key, TreeMap::new, Collectors.toList()));
    Map<MessageKey, Claim> before =
        messages.lock(byMessage.values().stream().map(List::getFirst).toList());
    timelines.write(entries);
    List<Claim> changed = new ArrayList<>();
    byMessage.forEach((key, events) -> {
      Claim owner =
          Stream.concat(Stream.ofNullable(before.get(key)), events.stream().map(Claim::of))
              .min(Claim.STRENGTH)
              .orElseThrow();
      // Nothing else changes a message, so that a sender's repeats cost their own rows alone.
      if (events.stream()
          .anyMatch(event -> event.context().submissionId().equals(owner.submissionId()))) {
        changed.add(owner);
      }
    });
    messages.write(timelines.states(byMessage.firstKey().day(), changed), before);
  }

  /** Because PostgreSQL refuses a statement that writes a row twice. */
  static SortedMap<LocalDate, List<TimelineEntry>> eachOnceByDay(
      Collection<TimelineEntry> entries) {
    Map<MessageKey, Map<UUID, TimelineEntry>> once = new HashMap<>();
    for (TimelineEntry entry : entries) {
      once.computeIfAbsent(entry.key(), key -> new HashMap<>())
          .merge(entry.eventId(), entry, BinaryOperator.maxBy(TimelineEntry.LATEST_RECORD));
    }
    SortedMap<LocalDate, List<TimelineEntry>> days = new TreeMap<>();
    once.forEach((key, events) ->
        days.computeIfAbsent(key.day(), day -> new ArrayList<>()).addAll(events.values()));
    return days;
  }

  private static Collection<StoredLetter> eachOnce(Collection<StoredLetter> letters) {
    return letters.stream()
        .collect(
            Collectors.toMap(
                StoredLetter::id, letter -> letter, BinaryOperator.maxBy(StoredLetter.LATEST)))
        .values();
  }
}
