package io.tallypost.delivery.retry;

import io.tallypost.delivery.Rungs;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.Topics;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * The records of each retry partition that were read early, in order. Bounded. Reading them again
 * at each look would fetch a megabyte for one mail.
 */
final class NotYetDue {
  private final long mostBytes;
  private final Map<TopicPartition, Deque<ConsumerRecord<byte[], byte[]>>> records =
      new HashMap<>();
  private long bytes;

  NotYetDue(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /**
   * When a record's stay ends; at once if no header says when. No stay is longer than its topic's
   * delay and the jitter, whatever the header says: all mail behind the record would wait with it.
   * Where brokers stamp records, their clock may be another one than the header's.
   */
  static Instant dueAt(ConsumerRecord<byte[], byte[]> record) {
    Instant due =
        RecordHeaders.of(record.headers()).instant(RecordHeaders.DUE_AT).orElse(Instant.MIN);
    return Topics.delay(record.topic())
        .filter(
            _ -> record.timestamp() >= 0 && record.timestampType() != TimestampType.LOG_APPEND_TIME)
        .map(delay -> Instant.ofEpochMilli(record.timestamp()).plus(delay).plus(Rungs.room(delay)))
        .filter(latest -> latest.isBefore(due))
        .orElse(due);
  }

  /**
   * Keeps a record, behind those of its partition.
   *
   * @return false if there is no room for it, so that it must be read again
   */
  boolean keep(TopicPartition partition, ConsumerRecord<byte[], byte[]> record) {
    long size = size(record);
    if (bytes + size > mostBytes) {
      return false;
    }
    bytes += size;
    records.computeIfAbsent(partition, _ -> new ArrayDeque<>()).addLast(record);
    return true;
  }

  /** Takes a partition's due records, up to the first that is not due. */
  List<ConsumerRecord<byte[], byte[]>> takeDue(TopicPartition partition, Instant now) {
    List<ConsumerRecord<byte[], byte[]>> due = new ArrayList<>();
    Deque<ConsumerRecord<byte[], byte[]>> kept =
        records.getOrDefault(partition, new ArrayDeque<>());
    while (!kept.isEmpty() && !dueAt(kept.getFirst()).isAfter(now)) {
      var record = kept.removeFirst();
      bytes -= size(record);
      due.add(record);
    }
    if (kept.isEmpty()) {
      records.remove(partition);
    }
    return due;
  }

  /** A partition's first record; null if none is kept. */
  @Nullable ConsumerRecord<byte[], byte[]> first(TopicPartition partition) {
    var kept = records.get(partition);
    return kept == null ? null : kept.peekFirst();
  }

  /** Forgets partitions that others will read. */
  void forget(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      var kept = records.remove(partition);
      if (kept != null) {
        kept.forEach(record -> bytes -= size(record));
      }
    }
  }

  private static long size(ConsumerRecord<byte[], byte[]> record) {
    return Math.max(0, record.serializedValueSize());
  }
}
