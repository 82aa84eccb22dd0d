package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Why a record ended on {@link Topics#DEAD_LETTER}. The record's own key, value and headers go
 * there byte for byte; this is in headers beside them.
 *
 * @param category for filters
 * @param reason a sentence for people; no content of the mail
 * @param attempts how many delivery attempts were made; 0 for a record that could not be read
 * @param sourceTopic where the record was read
 * @param sourcePartition where the record was read
 * @param sourceOffset where the record was read
 * @param recipients who should have got it; empty if the record could not be read
 */
public record DeadLetter(
    Category category,
    String reason,
    int attempts,
    String sourceTopic,
    int sourcePartition,
    long sourceOffset,
    List<EmailAddress> recipients) {

  /** Why a mail, or a record, ended here. */
  public enum Category {
    /** Its maximum age came before a relay took it. */
    EXHAUSTED,
    /** A relay refused it for good. */
    PERMANENT,
    /** It could not be read or composed. */
    POISON,
    /** No relay was configured so that it could be sent, up to its maximum age. */
    RELAY_CONFIG;

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Reads the name used in events, headers and the API.
     *
     * @throws IllegalArgumentException if there is no such category
     */
    @JsonCreator
    public static Category of(String wireName) {
      return Arrays.stream(values())
          .filter(category -> category.wireName().equals(wireName))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no dead-letter category: " + wireName));
    }
  }

  /**
   * Checks that nothing is missing.
   *
   * @throws NullPointerException if a field is missing
   */
  public DeadLetter {
    Objects.requireNonNull(category, "category");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(sourceTopic, "source topic");
    recipients = List.copyOf(recipients);
  }

  /** The letter about a record that could not be read. */
  public static DeadLetter poison(ConsumerRecord<?, ?> source, String reason) {
    return of(source, Category.POISON, reason, 0, List.of());
  }

  /** The letter about a readable record whose mail ends here. */
  public static DeadLetter of(
      ConsumerRecord<?, ?> source,
      Category category,
      String reason,
      int attempts,
      List<EmailAddress> recipients) {
    return new DeadLetter(
        category,
        reason,
        attempts,
        source.topic(),
        source.partition(),
        source.offset(),
        recipients);
  }

  /** The record to write: the source's bytes and headers, and this letter in further headers. */
  public ProducerRecord<byte[], byte[]> toRecord(ConsumerRecord<byte[], byte[]> source) {
    var headers =
        RecordHeaders.copyOf(source.headers())
            .set(RecordHeaders.CATEGORY, category.wireName())
            .set(RecordHeaders.REASON, reason)
            .set(RecordHeaders.ATTEMPTS, Integer.toString(attempts))
            .set(RecordHeaders.SOURCE_TOPIC, sourceTopic)
            .set(RecordHeaders.SOURCE_PARTITION, Integer.toString(sourcePartition))
            .set(RecordHeaders.SOURCE_OFFSET, Long.toString(sourceOffset))
            .setAddresses(RecordHeaders.FAILED_RECIPIENTS, recipients);
    return new ProducerRecord<>(
        Topics.DEAD_LETTER, null, source.key(), source.value(), headers.toKafka());
  }
}
