package io.tallypost.delivery.retry;

import static io.tallypost.events.Examples.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.delivery.Rungs;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.mail.Lane;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Where mail goes from a retry topic, and how long the pump may sleep before it looks. */
class RetryMoveTest {
  private static final Rungs RUNGS =
      new Rungs(List.of(Duration.ofSeconds(30), Duration.ofMinutes(5), Duration.ofHours(1)));
  private static final String SOURCE = "mail.retry.30s.v1";
  private static final byte[] KEY = "key".getBytes(UTF_8);

  @ParameterizedTest
  @EnumSource(Lane.class)
  void bringsMailThatIsWantedBackToTheQueueOfItsLane(Lane lane) {
    byte[] value = EventJson.write(request(lane));

    var moved = RetryMove.of(record(value, headers()), RUNGS, NOON);

    assertThat(moved.topic()).isEqualTo(Topics.approved(lane));
    assertThat(moved.key()).isSameAs(KEY);
    assertThat(moved.value()).isSameAs(value);
    assertThat(text(moved, RecordHeaders.ORIGIN)).contains("retry");
    assertThat(text(moved, RecordHeaders.DUE_AT)).isEmpty();
    assertThat(text(moved, RecordHeaders.RETRY_AT)).isEmpty();
    assertThat(text(moved, RecordHeaders.ATTEMPT)).contains("3");
  }

  @ParameterizedTest
  @CsvSource({
    // wanted, the topic it goes to
    "PT-1S,   mail.approved.v1",
    "PT0S,    mail.approved.v1",
    "PT0.001S, mail.retry.30s.v1",
    "PT4M,    mail.retry.30s.v1",
    "PT5M,    mail.retry.5m.v1",
    "PT3H,    mail.retry.1h.v1",
  })
  void takesTheNextHopWhileMailIsWantedLater(Duration wanted, String topic) {
    var headers = headers().set(RecordHeaders.RETRY_AT, NOON.plus(wanted));

    var moved =
        RetryMove.of(record(EventJson.write(request(Lane.TRANSACTIONAL)), headers), RUNGS, NOON);

    assertThat(moved.topic()).isEqualTo(topic);
  }

  @Test
  void marksAHopWithItsOwnEndAndWhenTheMailIsWanted() {
    Instant wanted = NOON.plus(Duration.ofHours(2));
    byte[] value = EventJson.write(request(Lane.BULK));

    var moved =
        RetryMove.of(record(value, headers().set(RecordHeaders.RETRY_AT, wanted)), RUNGS, NOON);

    var stay = RUNGS.stay(wanted, NOON);
    assertThat(moved.topic()).isEqualTo(stay.topic());
    assertThat(text(moved, RecordHeaders.DUE_AT)).contains(stay.dueAt().toString());
    assertThat(text(moved, RecordHeaders.RETRY_AT)).contains(wanted.toString());
    assertThat(text(moved, RecordHeaders.ORIGIN)).as("it is in no queue yet").isEmpty();
    assertThat(moved.value()).isSameAs(value);
  }

  /** Its stay ended before, so that it holds nobody up. */
  @Test
  void sendsNoMailEarlyThatIsDueMuchLaterThanItsTopicWaits() {
    var headers = headers().set(RecordHeaders.DUE_AT, NOON.plus(Duration.ofHours(13)));

    var moved =
        RetryMove.of(record(EventJson.write(request(Lane.TRANSACTIONAL)), headers), RUNGS, NOON);

    assertThat(moved.topic()).isEqualTo("mail.retry.1h.v1");
    assertThat(text(moved, RecordHeaders.RETRY_AT))
        .contains(NOON.plus(Duration.ofHours(13)).toString());
  }

  /** As where brokers stamp records, and their clock is behind: each stay ends at once. */
  @ParameterizedTest
  @CsvSource({RecordHeaders.DUE_AT, RecordHeaders.RETRY_AT})
  void endsItsHopsAtTheFirstWantedTimeHoweverEarlyItsStaysEnd(String header) {
    Instant wanted = NOON.plusSeconds(95);
    Instant now = NOON;
    byte[] value = EventJson.write(request(Lane.TRANSACTIONAL));
    RecordHeaders headers = headers().set(header, wanted);
    int hops = 0;

    var moved = RetryMove.of(record(value, headers), RUNGS, now);
    while (!moved.topic().equals(Topics.APPROVED)) {
      assertThat(now).as("time of hop %d", ++hops).isBefore(wanted);
      now = now.plusSeconds(10);
      moved = RetryMove.of(record(value, RecordHeaders.of(moved.headers())), RUNGS, now);
    }

    assertThat(now).as("never early").isEqualTo(NOON.plusSeconds(100));
    assertThat(text(moved, RecordHeaders.RETRY_AT)).isEmpty();
  }

  @Test
  void deadLettersWhatNobodyCanReadWithItsBytesAndItsSource() {
    byte[] value = "no mail".getBytes(UTF_8);

    var moved = RetryMove.of(record(value, headers()), RUNGS, NOON);

    assertThat(moved.topic()).isEqualTo(Topics.DEAD_LETTER);
    assertThat(moved.value()).isSameAs(value);
    assertThat(text(moved, RecordHeaders.CATEGORY)).contains("poison");
    assertThat(text(moved, RecordHeaders.SOURCE_TOPIC)).contains(SOURCE);
    assertThat(text(moved, RecordHeaders.SOURCE_PARTITION)).contains("4");
    assertThat(text(moved, RecordHeaders.SOURCE_OFFSET)).contains("17");
  }

  @Test
  void letsNoHeaderOfTheSourceBeChanged() {
    var record = record(EventJson.write(request(Lane.TRANSACTIONAL)), headers());

    RetryMove.of(record, RUNGS, NOON);

    assertThat(RecordHeaders.of(record.headers()).text(RecordHeaders.DUE_AT)).isPresent();
    assertThat(RecordHeaders.of(record.headers()).text(RecordHeaders.ORIGIN)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // ms until the first and the second are due, ms that a poll may take
    "500, 900, 100",
    "100, 900, 100",
    "60,  900, 60",
    "900, 60,  60",
    "21,  21,  21",
    "19,  900, 20",
    "0,   900, 20",
    "-50, 900, 20",
  })
  void sleepsUntilTheFirstIsDueWithinItsBounds(long first, long second, long expected) {
    var waiting = List.of(NOON.plusMillis(first), NOON.plusMillis(second));

    assertThat(RetryLoop.untilNextIsDue(waiting, NOON)).isEqualTo(Duration.ofMillis(expected));
  }

  @Test
  void sleepsForAsLongAsItMayWhereNothingWaits() {
    assertThat(RetryLoop.untilNextIsDue(List.of(), NOON)).isEqualTo(Duration.ofMillis(100));
  }

  private static SendRequested request(Lane lane) {
    SendRequested request = Examples.sendRequested();
    EventContext context = request.context();
    return new SendRequested(
        EventContext.accepted(
            context.messageId(),
            context.submissionId(),
            context.tenant(),
            context.apiKeyId(),
            context.mode(),
            lane,
            context.acceptedAt()),
        request.fingerprint(),
        request.keyed(),
        request.limits(),
        request.mail());
  }

  private static RecordHeaders headers() {
    return RecordHeaders.empty().set(RecordHeaders.DUE_AT, NOON).set(RecordHeaders.ATTEMPT, 3);
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] value, RecordHeaders headers) {
    return new ConsumerRecord<>(
        SOURCE,
        4,
        17,
        0,
        TimestampType.CREATE_TIME,
        KEY.length,
        value.length,
        KEY,
        value,
        headers.toKafka(),
        Optional.empty());
  }

  private static Optional<String> text(ProducerRecord<byte[], byte[]> record, String header) {
    return RecordHeaders.of(record.headers()).text(header);
  }
}
