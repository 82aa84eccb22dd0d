package io.tallypost.audit.replay;

import static io.tallypost.events.Examples.ACME_KEY;
import static io.tallypost.events.Examples.ALICE;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.JOB_ID;
import static io.tallypost.events.Examples.LETTER_ID;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.audit.deadletter.HeadersJson;
import io.tallypost.audit.deadletter.Letter;
import io.tallypost.audit.deadletter.LetterState;
import io.tallypost.audit.deadletter.Letters;
import io.tallypost.audit.replay.ReplayRecords.Replay;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dead letter comes back as. */
class ReplayRecordsTest {
  private static final Instant NOW = NOON.plusSeconds(3600);
  private static final SendRequested REQUEST = Examples.sendRequested();
  private static final byte[] MAIL = EventJson.write(REQUEST);

  private static final Set<String> TOPICS =
      Set.of(
          Topics.REQUESTS,
          Topics.DECISIONS,
          Topics.APPROVED,
          Topics.APPROVED_BULK,
          Topics.OUTCOMES,
          Topics.OPERATIONS,
          Topics.DEAD_LETTER,
          "mail.retry.30s.v1",
          "elsewhere");

  private final ReplayRecords records =
      new ReplayRecords(new RecordTracing(Tracer.NOOP, Propagator.NOOP));

  @Test
  void putsMailIntoTheQueueThatQuotaWouldHavePutItIn() throws Exception {
    Replay replay = replay(mail(BOB, CAROL), job(null)).orElseThrow();

    assertThat(replay.record().topic()).isEqualTo(Topics.APPROVED);
    assertThat(replay.record().key()).isEqualTo("key".getBytes(UTF_8));
    assertThat(replay.record().value()).isEqualTo(MAIL);
    assertThat(header(replay, RecordHeaders.ORIGIN)).contains("replay");
    assertThat(header(replay, RecordHeaders.AGE_FROM)).contains(NOW.toString());
    assertThat(header(replay, RecordHeaders.REMAINING_RECIPIENTS))
        .contains(BOB.value() + " " + CAROL.value());
    var told = EventJson.read(replay.operation().value(), OperatorAction.class);
    assertThat(replay.operation().topic()).isEqualTo(Topics.OPERATIONS);
    assertThat(told)
        .isEqualTo(
            OperatorAction.Replayed.of(
                LETTER_ID,
                JOB_ID,
                NOW,
                ACME_KEY,
                Topics.APPROVED,
                List.of(BOB, CAROL),
                null,
                REQUEST.context(),
                3));
  }

  /** An attempt count that stayed would let the next life end at once. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        RecordHeaders.ATTEMPT,
        RecordHeaders.DUE_AT,
        RecordHeaders.RETRY_AT,
        RecordHeaders.FIRST_ATTEMPT_AT,
        RecordHeaders.PARKED_SINCE,
        RecordHeaders.PARKED_REASON,
        RecordHeaders.REPORTED_UNTIL,
        RecordHeaders.PARKINGS,
        RecordHeaders.RELAY,
        RecordHeaders.CATEGORY,
        RecordHeaders.REASON,
        RecordHeaders.ATTEMPTS,
        RecordHeaders.SOURCE_TOPIC,
        RecordHeaders.SOURCE_PARTITION,
        RecordHeaders.SOURCE_OFFSET,
        RecordHeaders.MESSAGE,
        RecordHeaders.FAILED_RECIPIENTS
      })
  void takesNothingOfTheEarlierLifeIntoTheNextOne(String header) {
    Replay replay = replay(mail(BOB), job(null), header).orElseThrow();

    assertThat(header(replay, header)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {RecordHeaders.REQUEST_ID, RecordHeaders.VERSION, "of-somebody-else"})
  void keepsEveryOtherHeader(String header) {
    assertThat(header(replay(mail(BOB), job(null), header).orElseThrow(), header)).contains("1");
    Replay unreadable = replay(unreadable(Topics.REQUESTS), job(null), header).orElseThrow();
    assertThat(header(unreadable, header)).contains("1");
  }

  @Test
  void countsTheReplaysByTheLetterAndNotByTheRecord() {
    Replay replay = replay(mail(BOB), job(null), RecordHeaders.REPLAY_COUNT).orElseThrow();

    assertThat(header(replay, RecordHeaders.REPLAY_COUNT)).contains("3");
  }

  @Test
  void goesByTheRelayThatTheJobAskedFor() {
    Replay replay = replay(mail(BOB), job("second"), RecordHeaders.RELAY).orElseThrow();

    assertThat(header(replay, RecordHeaders.RELAY)).contains("second");
  }

  @Test
  void triesTheJobsRecipientsAloneAndNobodyWhomTheLetterIsNotFor() {
    Replay replay = replay(mail(BOB, CAROL), job(null, CAROL, ALICE)).orElseThrow();

    assertThat(header(replay, RecordHeaders.REMAINING_RECIPIENTS)).contains(CAROL.value());
    assertThat(replay(mail(BOB), job(null, CAROL))).isEmpty();
  }

  @Test
  void skipsALetterWhoseMailCannotBeRead() {
    var content = new Letters.Content(List.of(), null, "no mail".getBytes(UTF_8));

    assertThat(records.of(new Letters.Claimed(1, mail(BOB), content), job(null), TOPICS, NOW))
        .isEmpty();
  }

  /** Its topic would only get a record that nobody can read. */
  @Test
  void skipsALetterWithoutBytes() {
    var content = new Letters.Content(List.of(), null, null);

    for (Letter letter : List.of(mail(BOB), unreadable(Topics.APPROVED))) {
      assertThat(records.of(new Letters.Claimed(1, letter, content), job(null), TOPICS, NOW))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        Topics.REQUESTS,
        Topics.DECISIONS,
        Topics.APPROVED,
        Topics.APPROVED_BULK,
        Topics.OUTCOMES,
        Topics.OPERATIONS,
        "mail.retry.30s.v1"
      })
  void putsWhatNobodyCouldReadBackWhereItWasRead(String topic) throws Exception {
    Replay replay = replay(unreadable(topic), job("second", CAROL)).orElseThrow();

    assertThat(replay.record().topic()).isEqualTo(topic);
    assertThat(replay.record().value()).isEqualTo(MAIL);
    assertThat(header(replay, RecordHeaders.ORIGIN)).as("not told to be a mail").isEmpty();
    assertThat(header(replay, RecordHeaders.REPLAY_COUNT)).isEmpty();
    assertThat(EventJson.read(replay.operation().value(), OperatorAction.class))
        .isEqualTo(OperatorAction.Replayed.unreadable(LETTER_ID, JOB_ID, NOW, ACME_KEY, topic));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "elsewhere", // there, and not ours
        "mail.retry.7s.v1", // gone
        Topics.DEAD_LETTER // in circles
      })
  void putsNothingWhereItDoesNotBelong(String topic) {
    assertThat(replay(unreadable(topic), job(null))).isEmpty();
  }

  private Optional<Replay> replay(Letter letter, ReplayJob job, String... headers) {
    List<HeadersJson.Entry> entries = new ArrayList<>();
    for (String name : headers) {
      entries.add(new HeadersJson.Entry(name, "1", null));
    }
    var content = new Letters.Content(entries, "key".getBytes(UTF_8), MAIL);
    return records.of(new Letters.Claimed(1, letter, content), job, TOPICS, NOW);
  }

  private static Optional<String> header(Replay replay, String name) {
    return RecordHeaders.of(replay.record().headers()).text(name);
  }

  private static ReplayJob job(@Nullable String relay, EmailAddress... recipients) {
    return new ReplayJob(
        JOB_ID,
        ReplayState.RUNNING,
        1,
        0,
        0,
        50,
        relay,
        List.of(recipients),
        Map.of(),
        ACME_KEY,
        NOON,
        NOON,
        null,
        1,
        0);
  }

  private static Letter mail(EmailAddress... recipients) {
    var to = List.of(recipients).stream().map(EmailAddress::value).toList();
    return letter(true, to, Topics.APPROVED);
  }

  private static Letter unreadable(String topic) {
    return letter(false, List.of(), topic);
  }

  private static Letter letter(boolean mail, List<String> recipients, String topic) {
    return new Letter(
        LETTER_ID,
        mail ? REQUEST.messageId().value() : null,
        mail ? "acme" : null,
        null,
        null,
        null,
        null,
        "permanent",
        "1 recipient refused by the relay",
        4,
        2,
        recipients,
        new Letter.Source(topic, 0, 5),
        null,
        null,
        NOON,
        LetterState.CLAIMED,
        NOON,
        null,
        JOB_ID,
        null);
  }
}
