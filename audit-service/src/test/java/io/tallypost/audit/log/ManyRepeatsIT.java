package io.tallypost.audit.log;

import static io.tallypost.audit.log.Lives.decided;
import static io.tallypost.audit.log.Lives.delivered;
import static io.tallypost.audit.log.Lives.posted;
import static io.tallypost.audit.log.Lives.took;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.MAIL;
import static io.tallypost.events.Examples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.audit.timeline.MessageState;
import io.tallypost.audit.timeline.MessageStatus;
import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.audit.timeline.Timelines;
import io.tallypost.events.Event;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * However often a sender repeats one Idempotency-Key, the log reads no more for each batch, and
 * knows what became of the mail.
 */
class ManyRepeatsIT {
  private static final int SUBMISSIONS = 5000;

  /** As many records as a poll brings. */
  private static final int BATCH = 100;

  /** Of other submissions. */
  private static final int SHOWN = 100;

  private static LogDatabase database;

  private final MessageId id = MessageId.next(NOON);

  /** A millisecond between two. */
  private final List<SendRequested> submissions =
      IntStream.range(0, SUBMISSIONS).mapToObj(n -> posted(id, NOON.plusMillis(n), MAIL)).toList();

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

  /** Rejected before the approval, repeated behind it, and delivered right after it. */
  @ParameterizedTest
  @ValueSource(ints = {0, SUBMISSIONS / 2, SUBMISSIONS - 1})
  void findsTheApprovalAmongThem(int approved) {
    SendRequested mail = submissions.get(approved);

    write(IntStream.range(0, SUBMISSIONS).boxed().flatMap(n -> events(n, approved)).toList());

    assertDelivered(mail);
    assertThat(count("timeline")).isEqualTo(2L * SUBMISSIONS + 1);
  }

  /** As a rebuild may read the topics: one after the other, and the outcomes first. */
  @Test
  void findsTheApprovalWhereTopicsAreReadOneAfterTheOther() {
    int approved = SUBMISSIONS / 2;
    SendRequested mail = submissions.get(approved);
    List<Event> events =
        IntStream.range(0, SUBMISSIONS).boxed().flatMap(n -> events(n, approved)).toList();

    write(events.stream().filter(event -> !(event instanceof SendRequested)).toList().reversed());
    write(events.stream().filter(SendRequested.class::isInstance).toList());

    assertDelivered(mail);
  }

  @Test
  void readsTheSameAgainWithoutAnotherResult() {
    List<Event> events = IntStream.range(0, 500).boxed().flatMap(n -> events(n, 250)).toList();
    write(events);
    List<String> before = database.rows();

    write(events);

    assertThat(database.rows()).isEqualTo(before);
  }

  /** The mail of another day. */
  @Test
  void isNobodysMailOnADayOfRepeatsAlone() {
    write(IntStream.range(0, SUBMISSIONS).boxed().flatMap(n -> events(n, -1)).toList());

    assertThat(database.jdbc.queryForMap("SELECT status, submission_id::text FROM audit.message"))
        .containsEntry("status", null)
        .containsEntry("submission_id", submissions.getFirst().context().submissionId().toString());
    assertThat(count("message_recipient")).isZero();
    assertThat(database.timelines.shown(id, SHOWN).own()).isEmpty();
  }

  private void assertDelivered(SendRequested mail) {
    assertThat(database.jdbc.queryForMap("SELECT status, submission_id::text FROM audit.message"))
        .containsEntry("status", "delivered")
        .containsEntry("submission_id", mail.context().submissionId().toString());
    assertThat(
            database.jdbc.queryForList(
                "SELECT recipient || ' ' || status FROM audit.message_recipient ORDER BY position",
                String.class))
        .containsExactly(BOB.value() + " delivered", CAROL.value() + " delivered");
    List<Timelines.Shown> shown = new ArrayList<>();
    long read = database.rowsReadBy(() -> shown.add(database.timelines.shown(id, SHOWN)));
    assertThat(read).as("rows read for an answer").isLessThan(2 * SHOWN);
    List<TimelineEntry> own = shown.getFirst().own();
    assertThat(own)
        .extracting(entry -> entry.fact().event())
        .containsExactlyInAnyOrder("requested", "approved", "delivered");
    assertThat(MessageState.of(own).status()).isEqualTo(MessageStatus.DELIVERED);
    assertThat(shown.getFirst().others()).hasSize(SHOWN);
  }

  /** Batch for batch, each within its bound. */
  private void write(List<Event> events) {
    for (int from = 0; from < events.size(); from += BATCH) {
      int first = from;
      List<TimelineEntry> batch =
          IntStream.range(from, Math.min(from + BATCH, events.size()))
              .mapToObj(n -> Wire.entry(events.get(n), n))
              .toList();

      long read =
          database.rowsReadBy(() -> database.log.write(batch, List.of(), List.of(), List.of()));

      assertThat(read).as("rows read for the batch at %d", first).isLessThanOrEqualTo(2 * BATCH);
    }
  }

  /** What the topics have of a submission. */
  private Stream<Event> events(int n, int approved) {
    SendRequested request = submissions.get(n);
    if (n == approved) {
      return Stream.of(
          request,
          decided(request, Verdict.APPROVED),
          delivered(request, 0, 1, took(BOB), took(CAROL)));
    }
    return Stream.of(request, decided(request, n < approved ? Verdict.REJECTED : Verdict.REPLAYED));
  }

  private static long count(String table) {
    Long rows = database.jdbc.queryForObject("SELECT count(*) FROM audit." + table, Long.class);
    return rows == null ? 0 : rows;
  }
}
