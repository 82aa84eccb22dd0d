package io.tallypost.audit.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.tallypost.audit.timeline.TimelineEntry;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.Event;
import io.tallypost.events.EventJson;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.kit.kafka.DeadLetterRecords;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Events as their writers put them on the topics. */
public final class Wire {
  public static final String TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
  static final String REQUEST_ID = "req-7";

  private Wire() {}

  static String topicOf(Event event) {
    return switch (event) {
      case SendRequested requested -> Topics.REQUESTS;
      case QuotaDecided decided -> Topics.DECISIONS;
      case DeliveryOutcome outcome -> Topics.OUTCOMES;
    };
  }

  static ProducerRecord<byte[], byte[]> record(Event event) {
    return raw(topicOf(event), event.messageId().toString(), EventJson.write(event));
  }

  public static ProducerRecord<byte[], byte[]> raw(String topic, String key, byte[] value) {
    var headers =
        RecordHeaders.empty()
            .set(RecordHeaders.TRACEPARENT, "00-" + TRACE_ID + "-00f067aa0ba902b7-01")
            .set(RecordHeaders.REQUEST_ID, REQUEST_ID);
    return new ProducerRecord<>(topic, null, key.getBytes(UTF_8), value, headers.toKafka());
  }

  /** The letter that a worker writes beside a failure. */
  static ProducerRecord<byte[], byte[]> deadLetter(
      SendRequested request, DeliveryOutcome.Failed failed) {
    var source =
        read(raw(Topics.APPROVED, request.messageId().toString(), EventJson.write(request)), 0);
    var letter =
        DeadLetterRecords.letter(
            source,
            failed.category(),
            failed.reason(),
            failed.context().attempt(),
            failed.recipients());
    return DeadLetterRecords.record(letter, source);
  }

  /** The record as a consumer gets it. */
  public static ConsumerRecord<byte[], byte[]> read(
      ProducerRecord<byte[], byte[]> record, long offset) {
    var read =
        new ConsumerRecord<byte[], byte[]>(record.topic(), 3, offset, record.key(), record.value());
    record.headers().forEach(read.headers()::add);
    return read;
  }

  public static TimelineEntry entry(Event event, long offset) {
    return entry(read(record(event), offset));
  }

  public static TimelineEntry entry(OperatorAction action, long offset) {
    return entry(
        read(
            raw(Topics.OPERATIONS, new String(action.key(), UTF_8), EventJson.write(action)),
            offset));
  }

  private static TimelineEntry entry(ConsumerRecord<byte[], byte[]> record) {
    return switch (RecordReader.read(record)) {
      case RecordReader.Reading.Read(TimelineEntry entry) -> entry;
      case RecordReader.Reading.Acted(OperatorAction action, TimelineEntry entry) ->
          requireNonNull(entry);
      case RecordReader.Reading.Logged logged -> throw new AssertionError(logged);
      case RecordReader.Reading.Unknown unknown -> throw new AssertionError(unknown);
      case RecordReader.Reading.Letter letter -> throw new AssertionError(letter);
      case RecordReader.Reading.Unreadable unreadable -> throw new AssertionError(unreadable);
    };
  }

  static List<TimelineEntry> entries(Event... events) {
    return IntStream.range(0, events.length).mapToObj(i -> entry(events[i], i)).toList();
  }
}
