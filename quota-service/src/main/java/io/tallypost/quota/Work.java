package io.tallypost.quota;

import io.tallypost.quota.Progress.Partition;
import io.tallypost.tracing.TracedRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What one decided batch leaves to be committed to Kafka.
 *
 * @param topicId the id of the topic that the batch is from
 * @param records approvals and dead letters
 * @param verdicts under way; the offsets move only when all of them have arrived
 * @param next where the group goes on
 */
record Work(
    UUID topicId,
    List<TracedRecord> records,
    List<Future<RecordMetadata>> verdicts,
    Map<TopicPartition, OffsetAndMetadata> next) {

  Map<Partition, Long> progress() {
    var progress = new HashMap<Partition, Long>();
    next.forEach((partition, offset) ->
        progress.put(new Partition(topicId, partition.partition()), offset.offset()));
    return progress;
  }
}
