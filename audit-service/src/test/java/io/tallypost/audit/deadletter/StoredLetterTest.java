package io.tallypost.audit.deadletter;

import static io.tallypost.events.Examples.BOB;
import static io.tallypost.events.Examples.CAROL;
import static io.tallypost.events.Examples.NOON;
import static io.tallypost.events.Examples.TRACE_ID;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.EventJson;
import io.tallypost.events.Examples;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of a record on the dead-letter topic, whatever is in it. */
class StoredLetterTest {
  private static final SendRequested REQUEST = Examples.sendRequested();
  private static final byte[] MAIL = EventJson.write(REQUEST);
  private static final byte[] KEY = "key".getBytes(UTF_8);

  @Test
  void keepsAMailWithWhatItsHeadersSay() {
    StoredLetter letter = StoredLetter.of(dead(MAIL, headers(), NOON, 33));

    assertThat(letter.context()).isEqualTo(REQUEST.context());
    assertThat(letter.letter())
        .isEqualTo(
            new DeadLetter(
                Category.PERMANENT,
                "2 recipients refused by the relay",
                4,
                Topics.APPROVED,
                2,
                17,
                List.of(BOB, CAROL)));
    assertThat(letter.replayCount()).isEqualTo(1);
    assertThat(letter.traceId()).isEqualTo(TRACE_ID);
    assertThat(letter.deadAt()).isEqualTo(NOON);
    assertThat(letter.offset()).isEqualTo(33);
    assertThat(letter.key()).isSameAs(KEY);
    assertThat(letter.value()).isSameAs(MAIL);
  }

  /** A worker that died after writing it writes it again. */
  @Test
  void knowsALetterThatWasWrittenTwiceByItsMailAndTheEndThatItCameTo() {
    StoredLetter first = StoredLetter.of(dead(MAIL, headers(), NOON, 33));

    assertThat(StoredLetter.of(dead(MAIL, headers(), NOON.plusSeconds(9), 34)).id())
        .isEqualTo(first.id());
    assertThat(
            StoredLetter.of(dead(MAIL, headers().set(RecordHeaders.SOURCE_OFFSET, "18"), NOON, 34))
                .id())
        .as("read from elsewhere")
        .isEqualTo(first.id());
    assertThat(
            StoredLetter.of(dead(MAIL, headers().set(RecordHeaders.REPLAY_COUNT, 2), NOON, 34))
                .id())
        .as("its next life")
        .isNotEqualTo(first.id());
    assertThat(StoredLetter.of(dead(MAIL, headers().set(RecordHeaders.ATTEMPTS, 5), NOON, 34)).id())
        .as("another attempt")
        .isNotEqualTo(first.id());
  }

  @Test
  void knowsWhatCouldNotBeReadByItsSource() {
    byte[] value = "no mail".getBytes(UTF_8);
    StoredLetter letter = StoredLetter.of(dead(value, poison(), NOON, 33));

    assertThat(letter.context()).isNull();
    assertThat(letter.letter().category()).isEqualTo(Category.POISON);
    assertThat(StoredLetter.of(dead(value, poison(), NOON, 34)).id()).isEqualTo(letter.id());
    assertThat(
            StoredLetter.of(dead(value, poison().set(RecordHeaders.SOURCE_OFFSET, "18"), NOON, 33))
                .id())
        .isNotEqualTo(letter.id());
  }

  /** Bytes that nobody could read as what they were meant for may happen to name a message. */
  @Test
  void givesALetterForNobodyToNoMessage() {
    assertThat(StoredLetter.of(dead(MAIL, poison(), NOON, 33)).context()).isNull();
  }

  @Test
  void keepsAMailThatNobodyCanReadAnyMoreAsOneWithoutAMessage() {
    byte[] value = "{\"v\": 99}".getBytes(UTF_8);

    StoredLetter letter = StoredLetter.of(dead(value, headers(), NOON, 33));

    assertThat(letter.context()).isNull();
    assertThat(letter.letter().recipients()).containsExactly(BOB, CAROL);
    assertThat(letter.value()).isSameAs(value);
  }

  /** Whether or not there was room for its recipients. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void knowsWhoseMailItIsWhoseBytesWereTooLarge(boolean hasRecipients) {
    RecordHeaders headers = hasRecipients ? headers() : poison();
    String message = new String(EventJson.write(REQUEST.context()), UTF_8);

    var letter = StoredLetter.of(dead(null, headers.set(RecordHeaders.MESSAGE, message), NOON, 33));

    assertThat(letter.context()).isEqualTo(REQUEST.context());
    assertThat(letter.value()).isNull();
    assertThat(letter.id()).isEqualTo(StoredLetter.of(dead(MAIL, headers(), NOON, 34)).id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "no mail", "{\"v\": 99}"})
  void keepsALetterWithoutBytesWhoseMessageNobodyCanRead(String message) {
    RecordHeaders headers = headers().set(RecordHeaders.MESSAGE, message);

    assertThat(StoredLetter.of(dead(null, headers, NOON, 33)).context()).isNull();
    assertThat(StoredLetter.of(dead(null, headers(), NOON, 33)).context()).isNull();
  }

  @Test
  void believesTheBytesAndNoHeaderWhereThereAreBytes() {
    RecordHeaders headers =
        poison().set(RecordHeaders.MESSAGE, new String(EventJson.write(REQUEST.context()), UTF_8));

    assertThat(StoredLetter.of(dead("no mail".getBytes(UTF_8), headers, NOON, 33)).context())
        .isNull();
  }

  @ParameterizedTest
  @CsvSource({
    RecordHeaders.SOURCE_TOPIC + ",     ",
    RecordHeaders.SOURCE_PARTITION + ", ",
    RecordHeaders.SOURCE_PARTITION + ", -1",
    RecordHeaders.SOURCE_OFFSET + ",    ",
    RecordHeaders.SOURCE_OFFSET + ",    -1",
    RecordHeaders.SOURCE_OFFSET + ",    many",
  })
  void isItsOwnSourceWhereItDoesNotSayWhereItWasRead(String header, @Nullable String text) {
    RecordHeaders headers = headers();
    headers = text == null ? headers.remove(header) : headers.set(header, text);

    DeadLetter letter = StoredLetter.of(dead(MAIL, headers, NOON, 33)).letter();

    assertThat(letter.sourceTopic()).isEqualTo(Topics.DEAD_LETTER);
    assertThat(letter.sourcePartition()).isEqualTo(1);
    assertThat(letter.sourceOffset()).isEqualTo(33);
    assertThat(letter.recipients()).as("so it can go nowhere as a mail").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // header, what it says, category, reason, attempts, replays
    "category,     late,           POISON,    2 recipients refused by the relay, 4, 1",
    "category,     relay-config,   RELAY_CONFIG, 2 recipients refused by the relay, 4, 1",
    "reason,       ,               PERMANENT, no reason given, 4, 1",
    "attempts,     -4,             PERMANENT, 2 recipients refused by the relay, 0, 1",
    "attempts,     four,           PERMANENT, 2 recipients refused by the relay, 0, 1",
    "replay-count, 99999999999999, PERMANENT, 2 recipients refused by the relay, 4, 0",
  })
  void takesWhatMakesNoSenseForAbsent(
      String header,
      @Nullable String text,
      Category category,
      String reason,
      int attempts,
      int replays) {
    RecordHeaders headers = headers();
    headers = text == null ? headers.remove(header) : headers.set(header, text);

    StoredLetter stored = StoredLetter.of(dead(MAIL, headers, NOON, 33));

    assertThat(stored.letter().category()).isEqualTo(category);
    assertThat(stored.letter().reason()).isEqualTo(reason);
    assertThat(stored.letter().attempts()).isEqualTo(attempts);
    assertThat(stored.replayCount()).isEqualTo(replays);
  }

  @Test
  void keepsNothingThatPostgresqlCannotHold() {
    RecordHeaders headers =
        headers()
            .set(RecordHeaders.REASON, "a\0b")
            .set(RecordHeaders.REQUEST_ID, "c\0d")
            .set(RecordHeaders.SOURCE_TOPIC, "e\0f");

    StoredLetter stored =
        StoredLetter.of(dead(MAIL, headers, Instant.ofEpochMilli(Long.MAX_VALUE / 4), 33));

    assertThat(stored.letter().reason()).isEqualTo("a\uFFFDb");
    assertThat(stored.requestId()).isEqualTo("c\uFFFDd");
    assertThat(stored.letter().sourceTopic()).isEqualTo("e\uFFFDf");
    assertThat(stored.deadAt()).isEqualTo(Instant.parse("2199-12-31T00:00:00Z"));
    assertThat(stored.headers()).doesNotContain("\0", "\\u0000");
  }

  @Test
  void keepsTheLastRecordOfALetter() {
    var early = StoredLetter.of(dead(MAIL, headers(), NOON.plusSeconds(9), 33));
    var late = StoredLetter.of(dead(MAIL, headers(), NOON, 34));

    assertThat(List.of(late, early)).isSortedAccordingTo(StoredLetter.LATEST.reversed());
  }

  @Test
  void givesBackAllHeadersAsTheyWere() {
    Headers headers = RecordHeaders.empty().toKafka();
    headers.add(new RecordHeader("text", "Grüße".getBytes(UTF_8)));
    headers.add(new RecordHeader("text", "again".getBytes(UTF_8)));
    headers.add(new RecordHeader("empty", new byte[0]));
    headers.add(new RecordHeader("none", (byte[]) null));
    headers.add(new RecordHeader("bytes", new byte[] {(byte) 0xff, 0, 1}));
    headers.add(new RecordHeader("nul", new byte[] {'a', 0}));

    String json = HeadersJson.write(headers);

    assertThat(HeadersJson.toKafka(HeadersJson.read(json))).isEqualTo(headers);
    assertThat(json).contains("Grüße").doesNotContain("\\u0000");
  }

  private static RecordHeaders headers() {
    return RecordHeaders.empty()
        .set(RecordHeaders.CATEGORY, "permanent")
        .set(RecordHeaders.REASON, "2 recipients refused by the relay")
        .set(RecordHeaders.ATTEMPTS, 4)
        .set(RecordHeaders.REPLAY_COUNT, 1)
        .set(RecordHeaders.SOURCE_TOPIC, Topics.APPROVED)
        .set(RecordHeaders.SOURCE_PARTITION, 2)
        .set(RecordHeaders.SOURCE_OFFSET, "17")
        .set(RecordHeaders.TRACEPARENT, "00-" + TRACE_ID + "-b7ad6b7169203331-01")
        .setAddresses(RecordHeaders.FAILED_RECIPIENTS, List.of(BOB, CAROL));
  }

  private static RecordHeaders poison() {
    return headers().set(RecordHeaders.CATEGORY, "poison").remove(RecordHeaders.FAILED_RECIPIENTS);
  }

  private static ConsumerRecord<byte[], byte[]> dead(
      byte @Nullable [] value, RecordHeaders headers, Instant at, long offset) {
    return new ConsumerRecord<>(
        Topics.DEAD_LETTER,
        1,
        offset,
        at.toEpochMilli(),
        TimestampType.CREATE_TIME,
        KEY.length,
        value == null ? -1 : value.length,
        KEY,
        value,
        headers.toKafka(),
        Optional.empty());
  }
}
