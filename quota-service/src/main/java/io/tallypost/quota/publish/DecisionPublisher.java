package io.tallypost.quota.publish;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.tracing.Span;
import io.tallypost.events.EventJson;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.tracing.RecordTracing;
import io.tallypost.kit.tracing.TracedRecord;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Tells waiting callers. Verdicts go out as soon as PostgreSQL has committed, outside any Kafka
 * transaction: they may be repeated, and waiting for one would cost callers time.
 */
public final class DecisionPublisher {
  private final Producer<byte[], byte[]> producer;
  private final RecordTracing tracing;

  public DecisionPublisher(Producer<byte[], byte[]> producer, RecordTracing tracing) {
    this.producer = producer;
    this.tracing = tracing;
  }

  /** Sends a verdict; the future fails if it did not arrive. */
  public Future<RecordMetadata> publish(
      QuotaDecided verdict, ConsumerRecord<byte[], byte[]> request, Span span) {
    try {
      return tracing.publish(span, verdictRecord(verdict, request)).send(producer);
    } catch (KafkaException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static ProducerRecord<byte[], byte[]> verdictRecord(
      QuotaDecided verdict, ConsumerRecord<byte[], byte[]> request) {
    var from = RecordHeaders.of(request.headers());
    var headers = RecordHeaders.empty();
    from.text(RecordHeaders.REPLY_TO)
        .ifPresent(instance -> headers.set(RecordHeaders.REPLY_TO, instance));
    from.text(RecordHeaders.REQUEST_ID).ifPresent(id -> headers.set(RecordHeaders.REQUEST_ID, id));
    return new ProducerRecord<>(
        Topics.DECISIONS,
        null,
        verdict.messageId().toString().getBytes(UTF_8),
        EventJson.write(verdict),
        headers.toKafka());
  }

  /** The approval of a request, with its original bytes. It is sent in a transaction. */
  public TracedRecord approval(
      SendRequested request, ConsumerRecord<byte[], byte[]> record, Span span) {
    var headers = RecordHeaders.copyOf(record.headers()).set(RecordHeaders.ORIGIN, "quota");
    return tracing.publish(
        span,
        new ProducerRecord<>(
            Topics.approved(request.context().lane()),
            null,
            record.key(),
            record.value(),
            headers.toKafka()));
  }
}
