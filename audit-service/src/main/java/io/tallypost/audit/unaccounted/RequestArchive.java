package io.tallypost.audit.unaccounted;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.audit.operator.OperatorKafka;
import io.tallypost.events.EventJson;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.events.UnreadableRecordException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Fetches requests from their offsets on {@code mail.requests.v1}, while they are still there. */
final class RequestArchive implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Consumer<byte[], byte[]> consumer;

  RequestArchive(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /** A request, and the record that it came in. */
  record Found(ConsumerRecord<byte[], byte[]> record, SendRequested request) {}

  /**
   * Fetches the request of a message; empty if the topic has another record, or none, at its
   * offset.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  Optional<Found> find(UnaccountedMessage message) {
    if (message.requestPartition() == null || message.requestOffset() == null) {
      return Optional.empty();
    }
    var partition = new TopicPartition(Topics.REQUESTS, message.requestPartition());
    long offset = message.requestOffset();
    consumer.assign(List.of(partition));
    if (consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L) <= offset) {
      return Optional.empty();
    }
    consumer.seek(partition, offset);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      try {
        for (var record : consumer.poll(Duration.ofMillis(500))) {
          return record.offset() == offset ? read(record, message) : Optional.empty();
        }
      } catch (OffsetOutOfRangeException e) {
        return Optional.empty();
      }
    }
    throw new TimeoutException("the request could not be fetched");
  }

  /** The request, if the record is the message's and no other that has come to its place. Pure. */
  static Optional<Found> read(ConsumerRecord<byte[], byte[]> record, UnaccountedMessage message) {
    try {
      var request = EventJson.read(record.value(), SendRequested.class);
      boolean same =
          record.key() != null
              && new String(record.key(), UTF_8).equals(message.id().toString())
              && request.context().submissionId().value().equals(message.submissionId());
      return same ? Optional.of(new Found(record, request)) : Optional.empty();
    } catch (UnreadableRecordException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    OperatorKafka.close(consumer::close);
  }
}
