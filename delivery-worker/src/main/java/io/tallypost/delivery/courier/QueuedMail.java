package io.tallypost.delivery.courier;

import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.events.EventContext;
import io.tallypost.events.EventJson;
import io.tallypost.events.RecordHeaders;
import io.tallypost.events.SendRequested;
import io.tallypost.events.UnreadableRecordException;
import io.tallypost.ids.RelayId;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * An approved mail as read from its queue: the request, and its headers about earlier attempts.
 *
 * @param source the record it was read from
 * @param attempt the attempt that is due now, from 1
 * @param recipients who still has to get it
 * @param failedEarlier recipients refused for good in earlier attempts
 * @param ageFrom the start of its age, unless a hold has ended since
 * @param relay the relay that a replay asked for
 * @param parkedSince since when no relay was asked about it
 * @param parkedFor why it was parked last, if no relay was asked since
 * @param reportedUntil the end of the time for which the last outcome said that it is parked
 * @param parkings how often it was parked
 */
record QueuedMail(
    ConsumerRecord<byte[], byte[]> source,
    SendRequested request,
    int attempt,
    int replayCount,
    List<EmailAddress> recipients,
    List<EmailAddress> failedEarlier,
    Optional<Instant> firstAttemptAt,
    Instant ageFrom,
    Optional<RelayId> relay,
    Optional<Instant> parkedSince,
    Optional<RelayAnswer.Reason> parkedFor,
    Optional<Instant> reportedUntil,
    int parkings) {

  /**
   * Reads a record.
   *
   * @throws UnreadableRecordException if its value is not a request, if nobody knows its age, if
   *     its headers name those whom it is still for and none of them is a recipient of the request,
   *     or if those who were refused cannot be read: without them it might end as delivered to all
   */
  static QueuedMail read(ConsumerRecord<byte[], byte[]> source) throws UnreadableRecordException {
    var request = EventJson.read(source.value(), SendRequested.class);
    Instant acceptedAt = request.context().acceptedAt();
    if (!RecordHeaders.isPlausible(acceptedAt)) {
      throw new UnreadableRecordException("it was accepted outside the years 1970 to 9999");
    }
    var headers = RecordHeaders.of(source.headers());
    return new QueuedMail(
        source,
        request,
        headers.count(RecordHeaders.ATTEMPT).orElse(0) + 1,
        headers.count(RecordHeaders.REPLAY_COUNT).orElse(0),
        remaining(request, headers.addresses(RecordHeaders.REMAINING_RECIPIENTS)),
        headers.addresses(RecordHeaders.FAILED_RECIPIENTS),
        headers.instant(RecordHeaders.FIRST_ATTEMPT_AT),
        headers.instant(RecordHeaders.AGE_FROM).orElse(acceptedAt),
        relay(headers),
        headers.instant(RecordHeaders.PARKED_SINCE),
        headers.text(RecordHeaders.PARKED_REASON).flatMap(RelayAnswer.Reason::named),
        headers.instant(RecordHeaders.REPORTED_UNTIL),
        headers.count(RecordHeaders.PARKINGS).orElse(0));
  }

  /** In the header's order, which never adds a recipient that the request does not have. */
  private static List<EmailAddress> remaining(SendRequested request, List<EmailAddress> named)
      throws UnreadableRecordException {
    List<EmailAddress> all = request.mail().recipients();
    if (named.isEmpty()) {
      return all;
    }
    List<EmailAddress> remaining = named.stream().distinct().filter(all::contains).toList();
    if (remaining.isEmpty()) {
      throw new UnreadableRecordException(
          "its header " + RecordHeaders.REMAINING_RECIPIENTS + " names none of its recipients");
    }
    return remaining;
  }

  private static Optional<RelayId> relay(RecordHeaders headers) {
    try {
      return headers.text(RecordHeaders.RELAY).map(RelayId::new);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether a relay was ever asked about it since it was accepted or replayed. */
  boolean wasTried() {
    return attempt > 1;
  }

  EventContext context(String type, Instant at) {
    return request.context().next(type, at, replayCount, attempt);
  }

  /** As {@link #context}, for an event that may occur several times in one attempt. */
  EventContext parkingContext(String type, Instant at) {
    return context(type + "-parked-" + (parkings + 1), at);
  }
}
