package io.tallypost.events;

import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.Digest;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import io.tallypost.ids.TenantId;
import io.tallypost.ids.Uuids;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * The fields that every event has.
 *
 * @param v the version of the event's shape; fields may be added without raising it
 * @param eventId the same for a repeat of the same fact, so that readers recognise it
 * @param messageId the mail
 * @param submissionId the POST that the mail came with
 * @param tenant who sends
 * @param apiKeyId the key used
 * @param mode live or test
 * @param lane the queue it waits in
 * @param acceptedAt when intake took the mail; quota windows and ages count from it
 * @param occurredAt when this happened
 * @param replayCount how often the mail was replayed from the dead letters before this fact
 * @param attempt the delivery attempt, counted from 1; 0 before the first
 */
public record EventContext(
    int v,
    UUID eventId,
    MessageId messageId,
    SubmissionId submissionId,
    TenantId tenant,
    ApiKeyId apiKeyId,
    Mode mode,
    Lane lane,
    Instant acceptedAt,
    Instant occurredAt,
    int replayCount,
    int attempt) {

  /** The version that this build writes, and the highest that it reads. */
  public static final int VERSION = 1;

  /**
   * Checks that the event can be read by this build.
   *
   * @throws IllegalArgumentException if it is of a later version, or a count is negative
   * @throws NullPointerException if a field is missing
   */
  public EventContext {
    if (v < 1 || v > VERSION) {
      throw new IllegalArgumentException("event version " + v + " is not one of 1 to " + VERSION);
    }
    Objects.requireNonNull(eventId, "event_id");
    Objects.requireNonNull(messageId, "message_id");
    Objects.requireNonNull(submissionId, "submission_id");
    Objects.requireNonNull(tenant, "tenant");
    Objects.requireNonNull(apiKeyId, "api_key_id");
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(lane, "lane");
    Objects.requireNonNull(acceptedAt, "accepted_at");
    Objects.requireNonNull(occurredAt, "occurred_at");
    if (replayCount < 0 || attempt < 0) {
      throw new IllegalArgumentException("replay_count and attempt are not negative");
    }
  }

  /** The context of a mail's first event, the request itself. */
  public static EventContext accepted(
      MessageId messageId,
      SubmissionId submissionId,
      TenantId tenant,
      ApiKeyId apiKeyId,
      Mode mode,
      Lane lane,
      Instant acceptedAt) {
    var eventId = eventId("send_requested", messageId, submissionId, 0, 0);
    return new EventContext(
        VERSION,
        eventId,
        messageId,
        submissionId,
        tenant,
        apiKeyId,
        mode,
        lane,
        acceptedAt,
        acceptedAt,
        0,
        0);
  }

  /**
   * The context of a later event about the same mail.
   *
   * @param type the event's name, for instance {@code quota_decided}
   */
  public EventContext next(String type, Instant at, int replayCount, int attempt) {
    var eventId = eventId(type, messageId, submissionId, replayCount, attempt);
    return new EventContext(
        VERSION,
        eventId,
        messageId,
        submissionId,
        tenant,
        apiKeyId,
        mode,
        lane,
        acceptedAt,
        at,
        replayCount,
        attempt);
  }

  private static UUID eventId(
      String type, MessageId messageId, SubmissionId submissionId, int replayCount, int attempt) {
    return Uuids.v8(
        Digest.of(
            type,
            messageId.toString(),
            submissionId.toString(),
            Integer.toString(replayCount),
            Integer.toString(attempt)));
  }
}
