package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.mail.EmailAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;

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

  /** A source record's headers, all of them, with this letter in headers of its own. */
  public RecordHeaders besides(Headers source) {
    return RecordHeaders.copyOf(source)
        .set(RecordHeaders.CATEGORY, category.wireName())
        .set(RecordHeaders.REASON, reason)
        .set(RecordHeaders.ATTEMPTS, Integer.toString(attempts))
        .set(RecordHeaders.SOURCE_TOPIC, sourceTopic)
        .set(RecordHeaders.SOURCE_PARTITION, Integer.toString(sourcePartition))
        .set(RecordHeaders.SOURCE_OFFSET, Long.toString(sourceOffset))
        .setAddresses(RecordHeaders.FAILED_RECIPIENTS, recipients);
  }
}
