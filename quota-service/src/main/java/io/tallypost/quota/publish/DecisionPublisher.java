package io.tallypost.quota.publish;

import io.tallypost.kit.tracing.TracedRecord;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Tells waiting callers. Verdicts go out as soon as PostgreSQL has committed, outside any Kafka
 * transaction: they may be repeated, and waiting for one would cost callers time.
 */
public final class DecisionPublisher {
  private final Producer<byte[], byte[]> producer;

  public DecisionPublisher(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  /** Sends a batch's verdicts, and returns what is left to commit. */
  public Work publish(DecidedBatch batch) {
    return new Work(
        batch.topicId(),
        batch.approvals(),
        batch.verdicts().stream().map(this::send).toList(),
        batch.next());
  }

  /** The future fails if the verdict did not arrive. */
  private Future<RecordMetadata> send(TracedRecord verdict) {
    try {
      return verdict.send(producer);
    } catch (KafkaException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
