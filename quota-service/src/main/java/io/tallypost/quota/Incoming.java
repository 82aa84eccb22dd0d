package io.tallypost.quota;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record as it was read from {@code mail.requests}. */
sealed interface Incoming {
  ConsumerRecord<byte[], byte[]> record();

  Source source();

  record Request(ConsumerRecord<byte[], byte[]> record, Placed placed) implements Incoming {
    @Override
    public Source source() {
      return placed.source();
    }
  }

  /**
   * It goes to the dead letters.
   *
   * @param reason in words that repeat no content
   */
  record Unreadable(ConsumerRecord<byte[], byte[]> record, Source source, String reason)
      implements Incoming {}
}
