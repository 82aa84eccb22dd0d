package io.tallypost.quota.decide;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.UnreadableRecordException;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Reads records. What passes here can be decided, stored and counted: a record that PostgreSQL
 * refuses would hold up its partition for ever.
 */
public final class RequestReader {
  // PostgreSQL's timestamps end long before Java's, and windows are computed from this.
  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("9000-01-01T00:00:00Z");

  private RequestReader() {}

  public static Incoming read(ConsumerRecord<byte[], byte[]> record, UUID topicId) {
    var source = new Source(topicId, record.partition(), record.offset());
    try {
      var request = EventJson.read(record.value(), SendRequested.class);
      byte[] id = request.messageId().toString().getBytes(UTF_8);
      if (!Arrays.equals(id, record.key())) {
        return new Incoming.Unreadable(record, source, "the key is not the message id");
      }
      Instant acceptedAt = request.context().acceptedAt();
      if (acceptedAt.isBefore(EARLIEST) || acceptedAt.isAfter(LATEST)) {
        return new Incoming.Unreadable(record, source, "accepted_at is out of range");
      }
      String traceId = RecordHeaders.of(record.headers()).traceId().orElse(null);
      return new Incoming.Request(record, new LocatedRequest(request, source, traceId));
    } catch (UnreadableRecordException e) {
      return new Incoming.Unreadable(record, source, String.valueOf(e.getMessage()));
    }
  }
}
