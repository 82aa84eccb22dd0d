package io.tallypost.quota.publish;

import io.tallypost.kit.tracing.TracedRecord;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Everything that follows from a batch of requests once it is decided, and nothing of it published:
 * the verdicts leave first ({@link DecisionPublisher}), the rest in a transaction that waits for
 * them ({@link ApprovalTransactions}).
 *
 * @param topicId the id of the batch's topic
 * @param verdicts for the senders who wait
 * @param approvals and dead letters
 * @param next where the group continues
 */
public record DecidedBatch(
    UUID topicId,
    List<TracedRecord> verdicts,
    List<TracedRecord> approvals,
    Map<TopicPartition, OffsetAndMetadata> next) {

  public DecidedBatch {
    verdicts = List.copyOf(verdicts);
    approvals = List.copyOf(approvals);
    next = Map.copyOf(next);
  }
}
