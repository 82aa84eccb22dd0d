package io.tallypost.audit.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.store.StorableText;
import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.EventContext;
import io.tallypost.events.RecordHeaders;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as it is kept: the record's bytes, and what its headers say. Every letter is kept,
 * however malformed: what makes no sense is absent.
 *
 * @param id computed from the identity: message id, replay count and attempts, or the record's
 *     source where it could not be read
 * @param context the mail's common fields; null where the record could not be read
 * @param letter what the headers say
 * @param deadAt when the record was written to the dead-letter topic
 * @param partition its partition there
 * @param offset its offset there
 * @param headers all headers as JSON, so that a replay has them byte for byte
 */
@SuppressWarnings("ArrayRecordComponent") // bytes to be stored: nobody compares two letters
public record StoredLetter(
    UUID id,
    @Nullable EventContext context,
    DeadLetter letter,
    int replayCount,
    @Nullable String traceId,
    @Nullable String requestId,
    Instant deadAt,
    int partition,
    long offset,
    byte @Nullable [] key,
    String headers,
    byte @Nullable [] value) {

  /** Which of several records of one letter is kept. */
  public static final Comparator<StoredLetter> LATEST =
      Comparator.comparingInt(StoredLetter::partition).thenComparingLong(StoredLetter::offset);

  /** Keeps a record of the dead-letter topic. */
  public static StoredLetter of(ConsumerRecord<byte[], byte[]> record) {
    var headers = RecordHeaders.of(record.headers());
    DeadLetter letter = letter(headers, record);
    int replayCount = headers.count(RecordHeaders.REPLAY_COUNT).orElse(0);
    // A mail's letter with bytes has recipients. One without is about an unreadable record,
    // whatever message its bytes happen to name.
    Optional<EventContext> context =
        letter.recipients().isEmpty() && record.value() != null
            ? Optional.empty()
            : LetterMessage.of(record.value(), headers);
    return new StoredLetter(
        context
            .map(mail -> idOf(mail.messageId(), replayCount, letter.attempts()))
            .orElseGet(
                () -> idOf(letter.sourceTopic(), letter.sourcePartition(), letter.sourceOffset())),
        context.orElse(null),
        letter,
        replayCount,
        headers.traceId().orElse(null),
        headers.text(RecordHeaders.REQUEST_ID).map(StorableText::of).orElse(null),
        StorableTime.clamped(Instant.ofEpochMilli(record.timestamp())),
        record.partition(),
        record.offset(),
        record.key(),
        HeadersJson.write(record.headers()),
        record.value());
  }

  /** What the headers say; a record without a readable source is its own source. */
  private static DeadLetter letter(RecordHeaders headers, ConsumerRecord<byte[], byte[]> record) {
    Optional<String> topic = headers.text(RecordHeaders.SOURCE_TOPIC);
    var partition = headers.count(RecordHeaders.SOURCE_PARTITION);
    Optional<Long> offset = headers.text(RecordHeaders.SOURCE_OFFSET).flatMap(StoredLetter::number);
    boolean hasSource = topic.isPresent() && partition.isPresent() && offset.isPresent();
    List<EmailAddress> recipients =
        hasSource ? headers.addressesIfReadable(RecordHeaders.FAILED_RECIPIENTS) : List.of();
    return new DeadLetter(
        headers
            .text(RecordHeaders.CATEGORY)
            .flatMap(StoredLetter::category)
            .orElse(DeadLetter.Category.POISON),
        StorableText.of(headers.text(RecordHeaders.REASON).orElse("no reason given")),
        headers.count(RecordHeaders.ATTEMPTS).orElse(0),
        hasSource ? StorableText.of(topic.orElseThrow()) : record.topic(),
        hasSource ? partition.orElseThrow() : record.partition(),
        hasSource ? offset.orElseThrow() : record.offset(),
        recipients);
  }

  private static Optional<DeadLetter.Category> category(String wireName) {
    try {
      return Optional.of(DeadLetter.Category.of(wireName));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Long> number(String text) {
    try {
      return Optional.of(Long.parseLong(text)).filter(n -> n >= 0);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static UUID idOf(Object... identity) {
    var text = new StringBuilder();
    for (Object part : identity) {
      text.append(part).append('\n');
    }
    return UUID.nameUUIDFromBytes(text.toString().getBytes(UTF_8));
  }
}
