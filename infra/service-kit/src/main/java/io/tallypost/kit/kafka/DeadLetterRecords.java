package io.tallypost.kit.kafka;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeadLetter.Category;
import io.tallypost.events.Topics;
import io.tallypost.mail.EmailAddress;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Dead letters about records that were read from a topic. */
public final class DeadLetterRecords {
  private DeadLetterRecords() {}

  /** The letter about a record that could not be read. */
  public static DeadLetter poison(ConsumerRecord<?, ?> source, String reason) {
    return letter(source, Category.POISON, reason, 0, List.of());
  }

  /** The letter about a record that was read, and whose mail ends here. */
  public static DeadLetter letter(
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

  /** The record to write: the source's bytes and headers, and the letter beside them. */
  public static ProducerRecord<byte[], byte[]> record(
      DeadLetter letter, ConsumerRecord<byte[], byte[]> source) {
    return new ProducerRecord<>(
        Topics.DEAD_LETTER,
        null,
        source.key(),
        source.value(),
        letter.besides(source.headers()).toKafka());
  }

  /** The record to write about one that could not be read. */
  public static ProducerRecord<byte[], byte[]> poisonRecord(
      ConsumerRecord<byte[], byte[]> source, String reason) {
    return record(poison(source, reason), source);
  }
}
