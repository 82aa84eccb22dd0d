package io.tallypost.audit.log;

import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.tallypost.audit.deadletter.StoredLetter;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.AdminEntry;
import io.tallypost.events.OperatorAction;
import io.tallypost.kit.tracing.RecordTracing;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Writes records into the log: all of them or, after a failure, the same again. Unreadable records
 * go to {@link UnreadableRecords}; a failure of PostgreSQL or Kafka never makes a record
 * unreadable. Used by one thread.
 */
@Component
class Projection {
  /** PostgreSQL's class of errors about the data itself. */
  private static final String DATA_EXCEPTION = "22";

  private final AuditLog auditLog;
  private final UnreadableRecords unreadable;
  private final RecordTracing tracing;
  private final Tracer tracer;
  private final AuditMetrics metrics;
  private final List<PendingRecord> pending = new ArrayList<>();

  Projection(
      AuditLog auditLog,
      UnreadableRecords unreadable,
      RecordTracing tracing,
      Tracer tracer,
      AuditMetrics metrics) {
    this.auditLog = auditLog;
    this.unreadable = unreadable;
    this.tracing = tracing;
    this.tracer = tracer;
    this.metrics = metrics;
  }

  /** Accepts a record, without writing it yet. */
  void take(ConsumerRecord<byte[], byte[]> record) {
    pending.add(
        new PendingRecord(
            record, RecordReader.read(record), tracing.consume("audit write", record)));
  }

  boolean isIdle() {
    return pending.isEmpty();
  }

  /** Gives up all records in hand; their spans say why. */
  void giveUp(Throwable why) {
    pending.forEach(one -> one.span().error(why).end());
    pending.clear();
  }

  /** Gives up records that another process will read. */
  void drop(Predicate<ConsumerRecord<byte[], byte[]>> whose) {
    for (Iterator<PendingRecord> all = pending.iterator(); all.hasNext(); ) {
      PendingRecord one = all.next();
      if (whose.test(one.record())) {
        one.span().abandon();
        all.remove();
      }
    }
  }

  /**
   * Writes all accepted records. After an exception the rest is still pending, and the next call
   * writes it.
   *
   * @throws DataAccessException if PostgreSQL cannot be asked
   * @throws org.springframework.transaction.TransactionException if PostgreSQL cannot be asked
   * @throws org.apache.kafka.common.KafkaException if a dead letter cannot be written
   */
  void flush() {
    // Letters first, each forgotten once it is written, so that a failure repeats none.
    for (Iterator<PendingRecord> all = pending.iterator(); all.hasNext(); ) {
      PendingRecord one = all.next();
      if (one.reading() instanceof RecordReader.Reading.Unreadable(String reason)) {
        refuse(one, reason);
        all.remove();
      }
    }
    if (!pending.isEmpty()) {
      write(pending.size());
    }
  }

  private void refuse(PendingRecord one, String reason) {
    try (var _ = tracer.withSpan(one.span())) {
      unreadable.handle(one.record(), one.span(), reason);
    }
    metrics.unreadable(one.record().topic());
    one.span().tag("tallypost.unreadable", reason).end();
  }

  /** Writes the first records, except one that PostgreSQL refuses for its content. */
  private void write(int count) {
    List<PendingRecord> records = List.copyOf(pending.subList(0, count));
    RecordTracing.batch(records.stream().map(PendingRecord::span).toList());
    try {
      auditLog.write(entries(records), letters(records), actions(records), logged(records));
      records.forEach(this::finish);
    } catch (DataAccessException e) {
      if (!isAboutTheData(e)) {
        throw e;
      }
      if (count > 1) {
        write(count / 2);
        write(count - count / 2);
        return;
      }
      refuse(records.getFirst(), "PostgreSQL cannot store it (SQLSTATE " + sqlState(e) + ")");
    }
    pending.subList(0, count).clear();
  }

  private void finish(PendingRecord one) {
    metrics.recorded(one.record().topic());
    Span span = one.span();
    try (var _ = tracer.withSpan(span)) {
      switch (one.reading()) {
        case RecordReader.Reading.Read(TimelineEntry entry) -> {
          RecordTracing.message(span, entry.context().messageId());
          Remarks.recorded(entry);
        }
        case RecordReader.Reading.Letter(StoredLetter letter) -> Remarks.recorded(letter);
        case RecordReader.Reading.Acted(OperatorAction action, TimelineEntry entry) -> {
          if (entry != null) {
            Remarks.recorded(entry);
          }
        }
        case RecordReader.Reading.Logged logged -> {}
        case RecordReader.Reading.Unknown(var _) -> metrics.unknown(one.record().topic());
        case RecordReader.Reading.Unreadable unread ->
            throw new IllegalStateException("nothing unreadable is written");
      }
    }
    span.end();
  }

  private static Collection<TimelineEntry> entries(List<PendingRecord> records) {
    List<TimelineEntry> entries = new ArrayList<>();
    for (PendingRecord one : records) {
      if (one.reading() instanceof RecordReader.Reading.Read(TimelineEntry entry)) {
        entries.add(entry);
      }
      if (one.reading() instanceof RecordReader.Reading.Acted(var action, var entry)
          && entry != null) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private static Collection<StoredLetter> letters(List<PendingRecord> records) {
    List<StoredLetter> letters = new ArrayList<>();
    for (PendingRecord one : records) {
      if (one.reading() instanceof RecordReader.Reading.Letter(StoredLetter letter)) {
        letters.add(letter);
      }
    }
    return letters;
  }

  private static Collection<OperatorAction> actions(List<PendingRecord> records) {
    List<OperatorAction> actions = new ArrayList<>();
    for (PendingRecord one : records) {
      if (one.reading() instanceof RecordReader.Reading.Acted(OperatorAction action, var entry)) {
        actions.add(action);
      }
    }
    return actions;
  }

  private static Collection<AdminEntry> logged(List<PendingRecord> records) {
    List<AdminEntry> entries = new ArrayList<>();
    for (PendingRecord one : records) {
      if (one.reading() instanceof RecordReader.Reading.Logged(AdminEntry entry)) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private static boolean isAboutTheData(DataAccessException e) {
    return sqlState(e).startsWith(DATA_EXCEPTION);
  }

  private static String sqlState(DataAccessException e) {
    return e.getMostSpecificCause() instanceof SQLException cause && cause.getSQLState() != null
        ? cause.getSQLState()
        : "";
  }
}
