package io.tallypost.quota.publish;

import io.tallypost.kit.tracing.TracedRecord;
import io.tallypost.quota.decide.ApprovalProgress.Partition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What a decided batch leaves to commit to Kafka.
 *
 * @param topicId the id of the batch's topic
 * @param records approvals and dead letters
 * @param verdicts under way; the offsets move only when all have arrived
 * @param next where the group continues
 */
public record Work(
    UUID topicId,
    List<TracedRecord> records,
    List<Future<RecordMetadata>> verdicts,
    Map<TopicPartition, OffsetAndMetadata> next) {

  long bytes() {
    return records.stream()
        .map(traced -> traced.record().value())
        .mapToLong(value -> value == null ? 0 : value.length)
        .sum();
  }

  Map<Partition, Long> progress() {
    var progress = new HashMap<Partition, Long>();
    next.forEach((partition, offset) ->
        progress.put(new Partition(topicId, partition.partition()), offset.offset()));
    return progress;
  }
}
