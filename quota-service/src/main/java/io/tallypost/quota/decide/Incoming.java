package io.tallypost.quota.decide;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record as read from {@code mail.requests}. */
public sealed interface Incoming {
  ConsumerRecord<byte[], byte[]> record();

  Source source();

  record Request(ConsumerRecord<byte[], byte[]> record, LocatedRequest located)
      implements Incoming {
    @Override
    public Source source() {
      return located.source();
    }
  }

  /**
   * It goes to the dead letters.
   *
   * @param reason a text that repeats no content
   */
  record Unreadable(ConsumerRecord<byte[], byte[]> record, Source source, String reason)
      implements Incoming {}
}
