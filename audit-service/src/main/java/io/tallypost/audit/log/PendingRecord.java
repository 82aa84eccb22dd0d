package io.tallypost.audit.log;

import io.micrometer.tracing.Span;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record on its way into the log.
 *
 * @param span from the record's arrival to its commit
 */
record PendingRecord(
    ConsumerRecord<byte[], byte[]> record, RecordReader.Reading reading, Span span) {}
