package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.decided;
import static io.tallypost.audit.log.Lives.failed;
import static io.tallypost.audit.log.Lives.posted;
import static io.tallypost.audit.log.Lives.refused;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.deadletter.StoredLetter;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.Event;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.ids.MessageId;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;

/**
 * The rows follow from the records: in any order, in any cut, repeated, by any number of writers.
 */
class AuditLogIT {
  private static LogDatabase database;

  @BeforeAll
  static void migrate() {
    database = new LogDatabase();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @BeforeEach
  void empty() {
    database.empty();
  }

  @Test
  void writesTheSameRowsForEveryOrderCutAndRepeat() {
    for (int seed = 0; seed < 12; seed++) {
      var chance = new Random(seed);
      List<TimelineEntry> records = lives(chance, 5);
      database.empty();
      records.forEach(
          record -> database.log.write(List.of(record), List.of(), List.of(), List.of()));
      List<String> expected = database.rows();
      for (int order = 0; order < 4; order++) {
        database.empty();
        cut(withRepeats(records, chance), chance)
            .forEach(batch -> database.log.write(batch, List.of(), List.of(), List.of()));

        assertThat(database.rows()).as("seed %d, order %d", seed, order).isEqualTo(expected);
      }
    }
  }

  @Test
  void writesTheSameRowsFromTwoReplicasAtOnce() throws Exception {
    var chance = new Random(7);
    List<TimelineEntry> records = lives(chance, 100);
    database.log.write(records, List.of(), List.of(), List.of());
    List<String> expected = database.rows();
    database.empty();
    List<TimelineEntry> shuffled = withRepeats(records, chance);
    int half = shuffled.size() / 2;
    var first = cut(shuffled.subList(0, half), chance);
    var second = cut(shuffled.subList(half, shuffled.size()), chance);
    AuditLog replica = database.replica();

    try (var threads = Executors.newFixedThreadPool(2)) {
      List<Callable<Void>> writers =
          List.of(
              () -> {
                first.forEach(batch -> database.log.write(batch, List.of(), List.of(), List.of()));
                return null;
              },
              () -> {
                second.forEach(batch -> replica.write(batch, List.of(), List.of(), List.of()));
                return null;
              });
      for (var done : threads.invokeAll(writers)) {
        done.get();
      }
    }

    assertThat(database.rows()).isEqualTo(expected);
  }

  @Test
  void keepsOneRowPerDeadLetterWithItsBytes() {
    var request = posted(MessageId.next(NOON), NOON, MAIL);
    var failed = failed(request, 0, 1, Category.PERMANENT, List.of(BOB), refused(BOB));
    var record = Wire.deadLetter(request, failed);
    var letter = StoredLetter.of(Wire.read(record, 1));
    var copy = StoredLetter.of(Wire.read(record, 2));

    database.log.write(List.of(), List.of(copy, letter), List.of(), List.of());
    database.log.write(List.of(), List.of(letter), List.of(), List.of());

    assertThat(
            database.jdbc.queryForMap(
                "SELECT message_id::text, category, attempts, state, trace_id, record_offset, value FROM audit.dead_letter"
                    + " JOIN audit.dead_letter_state ON letter_id = id"))
        .containsEntry("message_id", request.messageId().toString())
        .containsEntry("category", "permanent")
        .containsEntry("attempts", 1)
        .containsEntry("state", "waiting")
        .containsEntry("trace_id", Wire.TRACE_ID)
        .containsEntry("record_offset", 2L)
        .containsEntry("value", record.value());
  }

  @Test
  void makesThePartitionOfAnOldDayWhenItsMessageComes() {
    var old = posted(MessageId.next(NOON), NOON.minusSeconds(86_400L * 400), MAIL);

    database.log.write(
        Wire.entries(old, decided(old, Verdict.APPROVED)), List.of(), List.of(), List.of());

    assertThat(
            database.jdbc.queryForObject(
                "SELECT status FROM audit.message_p20251018", String.class))
        .isEqualTo("approved");
  }

  @Test
  void dropsOldDaysOnlyAndTakesTheirMessagesBackWhenTheyComeAgain() {
    var old = posted(MessageId.next(NOON), NOON.minusSeconds(86_400L * 31), MAIL);
    var young = posted(MessageId.next(NOON), NOON.minusSeconds(86_400L * 30), MAIL);
    database.log.write(Wire.entries(old, young), List.of(), List.of(), List.of());
    var otherReplica = database.partitions();

    var dropped = otherReplica.dropBefore(LocalDate.parse("2026-10-23"));

    assertThat(dropped).contains(LocalDate.parse("2026-10-22"));
    assertThat(
            database.jdbc.queryForList("SELECT message_id::text FROM audit.message", String.class))
        .containsExactly(young.messageId().toString());
    // This replica still believes in the day: its first try fails, and the next one makes it anew.
    try {
      database.log.write(Wire.entries(old), List.of(), List.of(), List.of());
    } catch (DataAccessException gone) {
      database.log.write(Wire.entries(old), List.of(), List.of(), List.of());
    }
    assertThat(database.timelines.shown(old.messageId(), 10).own()).hasSize(1);
  }

  private static List<TimelineEntry> lives(Random chance, int messages) {
    List<TimelineEntry> records = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      List<Event> life = Lives.eventful(chance);
      for (Event event : life) {
        records.add(Wire.entry(event, records.size()));
      }
      Lives.operations(life).forEach(action -> records.add(Wire.entry(action, records.size())));
    }
    return records;
  }

  private static List<TimelineEntry> withRepeats(List<TimelineEntry> records, Random chance) {
    List<TimelineEntry> repeated = new ArrayList<>(records);
    for (TimelineEntry record : records) {
      if (chance.nextInt(4) == 0) {
        repeated.add(record);
      }
    }
    Collections.shuffle(repeated, chance);
    return repeated;
  }

  private static List<List<TimelineEntry>> cut(List<TimelineEntry> records, Random chance) {
    List<List<TimelineEntry>> batches = new ArrayList<>();
    for (int from = 0; from < records.size(); ) {
      int to = Math.min(records.size(), from + 1 + chance.nextInt(30));
      batches.add(records.subList(from, to));
      from = to;
    }
    return batches;
  }
}
