package io.tallypost.audit.log;

import io.micrometer.tracing.Span;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.DeadLetterRecords;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

/**
 * Handles records that are not what their topic promises: decisions, outcomes and operations go to
 * the dead-letter topic byte for byte; requests are left to quota; dead letters may have any
 * content.
 */
@Component
class UnreadableRecords {
  private static final Logger log = LoggerFactory.getLogger(UnreadableRecords.class);

  /** Longer than the producer tries, so that it has given up when we do. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final KafkaTemplate<byte[], byte[]> kafka;
  private final RecordTracing tracing;
  private final AuditMetrics metrics;
  private volatile Map<TopicPartition, Long> handledBefore = Map.of();

  UnreadableRecords(
      KafkaTemplate<byte[], byte[]> kafka, RecordTracing tracing, AuditMetrics metrics) {
    this.kafka = kafka;
    this.tracing = tracing;
    this.metrics = metrics;
  }

  /**
   * After a failure records are read again. Those below these offsets have their letters already,
   * and a second record would make such a letter younger.
   */
  void handledBefore(Map<TopicPartition, Long> offsets) {
    handledBefore = Map.copyOf(offsets);
  }

  /**
   * Returns when the record is safe, or left to others.
   *
   * @throws KafkaException if the dead letter could not be written
   */
  void handle(ConsumerRecord<byte[], byte[]> record, Span span, String reason) {
    var partition = new TopicPartition(record.topic(), record.partition());
    if (record.offset() < handledBefore.getOrDefault(partition, 0L)) {
      return;
    }
    switch (record.topic()) {
      case Topics.DECISIONS, Topics.OUTCOMES, Topics.OPERATIONS -> deadLetter(record, span, reason);
      default -> {}
    }
    log.atWarn()
        .addKeyValue("topic", record.topic())
        .addKeyValue("partition", record.partition())
        .addKeyValue("offset", record.offset())
        .log("unreadable record: {}", reason);
  }

  private void deadLetter(ConsumerRecord<byte[], byte[]> record, Span span, String reason) {
    TracedRecord letter = tracing.publish(span, DeadLetterRecords.poisonRecord(record, reason));
    try {
      kafka.send(letter.record()).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      metrics.deadLettered();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new KafkaException("the dead letter was not written", e);
    } finally {
      letter.span().end();
    }
  }
}
