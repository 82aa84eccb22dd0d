package io.tallypost.audit.unaccounted;

import static io.tallypost.events.Examples.ACME_KEY;
import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.JOB_ID;
import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.propagation.Propagator;
import io.tallypost.audit.unaccounted.UnaccountedMessages.Recipients;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.SubmissionId;
import io.tallypost.kit.tracing.RecordTracing;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which messages are started again, and as what. */
class RedriveRecordsTest {
  private static final Instant NOW = NOON.plusSeconds(3600);
  private static final SendRequested REQUEST = Examples.sendRequested();
  private static final byte[] MAIL = EventJson.write(REQUEST);
  private static final byte[] KEY = REQUEST.messageId().toString().getBytes(UTF_8);
  private static final Recipients RECIPIENTS = new Recipients(List.of(BOB), List.of(CAROL));

  private final RedriveRecords records =
      new RedriveRecords(new RecordTracing(Tracer.NOOP, Propagator.NOOP));

  @Test
  void leavesAloneWhatHasNoRequestOrNoRecipientAnyMore() {
    var found = Optional.of(found());
    var nobody = new Recipients(List.of(), List.of(CAROL));

    assertThat(RedriveRecords.whyNot(found, RECIPIENTS)).isEmpty();
    assertThat(RedriveRecords.whyNot(found, new Recipients(List.of(BOB), List.of()))).isEmpty();
    assertThat(RedriveRecords.whyNot(Optional.empty(), RECIPIENTS))
        .contains("its request is no longer in Kafka");
    assertThat(RedriveRecords.whyNot(found, nobody)).contains("it is for nobody any more");
  }

  /** Quota recognises it if it has decided after all; a worker would not. */
  @Test
  void asksQuotaWhereNothingWasDecided() throws Exception {
    var records = redrive(message("queued", 0, 0, null));

    var again = records.getFirst();
    assertThat(again.topic()).isEqualTo(Topics.REQUESTS);
    assertThat(again.key()).isSameAs(KEY);
    assertThat(again.value()).isSameAs(MAIL);
    assertThat(header(again, RecordHeaders.ORIGIN)).contains("redrive");
    assertThat(header(again, RecordHeaders.REPLY_TO)).as("nobody waits for it").isEmpty();
    assertThat(header(again, RecordHeaders.REQUEST_ID)).contains("req-7");
    assertThat(header(again, RecordHeaders.ATTEMPT)).isEmpty();
    assertThat(header(again, RecordHeaders.AGE_FROM)).isEmpty();
    assertThat(header(again, RecordHeaders.REMAINING_RECIPIENTS)).isEmpty();
    assertTold(records.getLast(), Topics.REQUESTS, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"approved", "deferred"})
  void goesOnInTheWorkersQueueWhereItWasLost(String status) throws Exception {
    var records = redrive(message(status, 3, 2, "second"));

    var again = records.getFirst();
    assertThat(again.topic()).isEqualTo(Topics.APPROVED);
    assertThat(header(again, RecordHeaders.ORIGIN)).contains("redrive");
    assertThat(header(again, RecordHeaders.REPLY_TO)).isEmpty();
    assertThat(header(again, RecordHeaders.AGE_FROM)).contains(NOW.toString());
    assertThat(header(again, RecordHeaders.ATTEMPT)).contains("3");
    assertThat(header(again, RecordHeaders.REPLAY_COUNT)).contains("2");
    assertThat(header(again, RecordHeaders.RELAY)).contains("second");
    assertThat(header(again, RecordHeaders.REMAINING_RECIPIENTS)).contains(BOB.value());
    assertThat(header(again, RecordHeaders.FAILED_RECIPIENTS)).contains(CAROL.value());
    assertTold(records.getLast(), Topics.APPROVED, 2, 3);
  }

  @Test
  void saysNothingOfAReplayOrARelayThatThereWasNot() {
    var again = redrive(message("approved", 0, 0, null)).getFirst();

    assertThat(header(again, RecordHeaders.REPLAY_COUNT)).isEmpty();
    assertThat(header(again, RecordHeaders.RELAY)).isEmpty();
    assertThat(header(again, RecordHeaders.ATTEMPT)).contains("0");
  }

  @Test
  void leavesTheHeadersOfTheRequestAsTheyWere() {
    var found = found();

    records.of(message("approved", 3, 0, null), found, RECIPIENTS, JOB_ID, NOW, ACME_KEY);

    assertThat(RecordHeaders.of(found.record().headers()).text(RecordHeaders.REPLY_TO))
        .contains("intake-1");
  }

  /** The topic may have been made anew, and have another record at that place. */
  @Test
  void takesNoRecordForTheRequestButItsOwn() {
    var message = message("queued", 0, 0, null);
    var other =
        Examples.sendRequested(REQUEST.messageId(), SubmissionId.next(NOON), REQUEST.mail(), 9);
    byte[] otherKey = UUID.randomUUID().toString().getBytes(UTF_8);

    assertThat(RequestArchive.read(record(KEY, MAIL), message))
        .hasValueSatisfying(found -> assertThat(found.request()).isEqualTo(REQUEST));
    assertThat(RequestArchive.read(record(otherKey, MAIL), message)).isEmpty();
    assertThat(RequestArchive.read(record(null, MAIL), message)).isEmpty();
    assertThat(RequestArchive.read(record(KEY, EventJson.write(other)), message)).isEmpty();
    assertThat(RequestArchive.read(record(KEY, "no mail".getBytes(UTF_8)), message)).isEmpty();
    assertThat(RequestArchive.read(record(KEY, null), message)).isEmpty();
  }

  private List<ProducerRecord<byte[], byte[]>> redrive(UnaccountedMessage message) {
    return records.of(message, found(), RECIPIENTS, JOB_ID, NOW, ACME_KEY);
  }

  private static void assertTold(
      ProducerRecord<byte[], byte[]> operation, String topic, int replays, int attempt)
      throws Exception {
    assertThat(operation.topic()).isEqualTo(Topics.OPERATIONS);
    assertThat(EventJson.read(operation.value(), OperatorAction.class))
        .isEqualTo(
            OperatorAction.Redriven.of(
                JOB_ID, NOW, ACME_KEY, topic, REQUEST.context(), replays, attempt));
  }

  private static Optional<String> header(ProducerRecord<byte[], byte[]> record, String name) {
    return RecordHeaders.of(record.headers()).text(name);
  }

  private static RequestArchive.Found found() {
    return new RequestArchive.Found(record(KEY, MAIL), REQUEST);
  }

  @SuppressWarnings("NullAway") // Kafka takes null for a key or value that is not there
  private static ConsumerRecord<byte[], byte[]> record(
      byte @Nullable [] key, byte @Nullable [] value) {
    var record = new ConsumerRecord<byte[], byte[]>(Topics.REQUESTS, 2, 17, key, value);
    RecordHeaders.of(record.headers())
        .set(RecordHeaders.REPLY_TO, "intake-1")
        .set(RecordHeaders.REQUEST_ID, "req-7");
    return record;
  }

  private static UnaccountedMessage message(
      String status, int attempt, int replays, @Nullable String relay) {
    return new UnaccountedMessage(
        REQUEST.messageId().value(),
        status,
        "acme",
        "live",
        "transactional",
        NOON,
        NOON,
        null,
        attempt,
        replays,
        null,
        LocalDate.of(2026, 11, 22),
        REQUEST.context().submissionId().value(),
        2,
        17L,
        relay);
  }
}
