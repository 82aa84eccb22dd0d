package io.tallypost.delivery.courier;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the result of an attempt, and returns when the brokers have it. While they cannot be
 * reached it waits, and the message counts as unfinished: none is dropped. Waiting does not make a
 * record smaller, so those that are too large go back to the caller.
 */
final class OutcomePublisher {
  private static final Logger log = LoggerFactory.getLogger(OutcomePublisher.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** The producer repeats in silence. */
  private static final Duration REMINDER = Duration.ofMinutes(2);

  private final Producer<byte[], byte[]> producer;

  OutcomePublisher(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  /**
   * Writes all of them, in this order.
   *
   * @return those that the brokers do not take, because they are too large
   * @throws InterruptedException if the thread is to end; some may have been written
   * @throws IllegalStateException if the producer is closed
   */
  List<ProducerRecord<byte[], byte[]>> publish(List<ProducerRecord<byte[], byte[]>> records)
      throws InterruptedException {
    List<ProducerRecord<byte[], byte[]>> tooLarge = new ArrayList<>();
    List<ProducerRecord<byte[], byte[]>> open = writeAll(records, tooLarge);
    while (!open.isEmpty()) {
      Thread.sleep(PAUSE);
      open = writeAll(open, tooLarge);
    }
    return tooLarge;
  }

  /** Writes each once; returns those that the brokers do not have, and may have later. */
  private List<ProducerRecord<byte[], byte[]>> writeAll(
      List<ProducerRecord<byte[], byte[]>> records, List<ProducerRecord<byte[], byte[]>> tooLarge)
      throws InterruptedException {
    List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
    List<ProducerRecord<byte[], byte[]>> open = new ArrayList<>();
    for (var record : records) {
      acknowledgements.add(producer.send(record));
    }
    for (int i = 0; i < records.size(); i++) {
      try {
        await(acknowledgements.get(i), records.get(i).topic());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RecordTooLargeException refused) {
          log.atWarn()
              .addKeyValue("topic", records.get(i).topic())
              .log("result too large: {}", refused.getMessage());
          tooLarge.add(records.get(i));
          continue;
        }
        if (!(e.getCause() instanceof KafkaException)) {
          throw new IllegalStateException("cannot write to " + records.get(i).topic(), e);
        }
        log.atWarn()
            .addKeyValue("topic", records.get(i).topic())
            .setCause(e.getCause())
            .log("result not written, trying again");
        open.add(records.get(i));
      }
    }
    return open;
  }

  private static void await(Future<RecordMetadata> acknowledgement, String topic)
      throws InterruptedException, ExecutionException {
    while (true) {
      try {
        var _ = acknowledgement.get(REMINDER.toNanos(), TimeUnit.NANOSECONDS);
        return;
      } catch (TimeoutException e) {
        log.atWarn().addKeyValue("topic", topic).log("result not acknowledged, still waiting");
      }
    }
  }
}
