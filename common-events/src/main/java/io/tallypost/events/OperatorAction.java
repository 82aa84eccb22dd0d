package io.tallypost.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.tallypost.ids.ApiKeyId;
import io.tallypost.ids.Digest;
import io.tallypost.ids.Uuids;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an operator did to a message or to a dead letter. It is not an {@link Event}: a letter about
 * an unreadable record belongs to no message, so the message's context may be absent.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = OperatorAction.Replayed.class, name = OperatorAction.Replayed.TYPE),
  @JsonSubTypes.Type(value = OperatorAction.Discarded.class, name = OperatorAction.Discarded.TYPE),
  @JsonSubTypes.Type(value = OperatorAction.Redriven.class, name = OperatorAction.Redriven.TYPE)
})
public sealed interface OperatorAction {

  /** The fields that every action has. */
  Act act();

  /** The message after the action, with the action's event id and time; null if there is none. */
  @Nullable EventContext message();

  /** The record's key: the message's id, or else the letter's. */
  byte[] key();

  /**
   * Who did it, when.
   *
   * @param v the version of the event's shape, as in {@link EventContext}
   * @param eventId the same for a repeat of the same action
   * @param by the API key that was used
   * @param jobId the replay or redrive that it was part of; null for a single action
   */
  record Act(int v, UUID eventId, Instant occurredAt, ApiKeyId by, @Nullable UUID jobId) {

    /**
     * Checks that the event can be read by this build.
     *
     * @throws IllegalArgumentException if it is of a later version
     * @throws NullPointerException if a field is missing
     */
    public Act {
      if (v < 1 || v > EventContext.VERSION) {
        throw new IllegalArgumentException(
            "event version " + v + " is not one of 1 to " + EventContext.VERSION);
      }
      Objects.requireNonNull(eventId, "event_id");
      Objects.requireNonNull(occurredAt, "occurred_at");
      Objects.requireNonNull(by, "by");
    }

    private static Act of(
        String type, UUID subject, @Nullable UUID jobId, Instant at, ApiKeyId by) {
      // A letter is replayed or discarded once; a message may be redriven again by another job.
      var id =
          jobId == null || !type.equals(Redriven.TYPE)
              ? Digest.of(type, subject.toString())
              : Digest.of(type, subject.toString(), jobId.toString());
      return new Act(EventContext.VERSION, Uuids.v8(id), at, by, jobId);
    }

    private EventContext applied(EventContext to, int replayCount, int attempt) {
      return new EventContext(
          EventContext.VERSION,
          eventId,
          to.messageId(),
          to.submissionId(),
          to.tenant(),
          to.apiKeyId(),
          to.mode(),
          to.lane(),
          to.acceptedAt(),
          occurredAt,
          replayCount,
          attempt);
    }
  }

  /**
   * A dead letter was put back in a queue.
   *
   * @param topic its destination
   * @param recipients who gets the mail this time; empty if the record could not be read
   * @param relay the relay that was asked for; null for the mail's own relays
   */
  record Replayed(
      @JsonUnwrapped Act act,
      UUID letterId,
      String topic,
      List<EmailAddress> recipients,
      @Nullable String relay,
      @Nullable EventContext message)
      implements OperatorAction {
    public static final String TYPE = "replayed";

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if a field is missing
     */
    public Replayed {
      Objects.requireNonNull(act, "act");
      Objects.requireNonNull(letterId, "letter_id");
      Objects.requireNonNull(topic, "topic");
      recipients = List.copyOf(recipients);
    }

    /**
     * The replay of a mail.
     *
     * @param mail any context of the message
     * @param replayCount the number of its replays, this one included
     */
    public static Replayed of(
        UUID letterId,
        UUID jobId,
        Instant at,
        ApiKeyId by,
        String topic,
        List<EmailAddress> recipients,
        @Nullable String relay,
        EventContext mail,
        int replayCount) {
      var act = Act.of(TYPE, letterId, jobId, at, by);
      return new Replayed(
          act, letterId, topic, recipients, relay, act.applied(mail, replayCount, 0));
    }

    /** The return of a record that could not be read to the topic it came from. */
    public static Replayed unreadable(
        UUID letterId, UUID jobId, Instant at, ApiKeyId by, String topic) {
      return new Replayed(
          Act.of(TYPE, letterId, jobId, at, by), letterId, topic, List.of(), null, null);
    }

    @Override
    public byte[] key() {
      return keyOf(message, letterId);
    }
  }

  /**
   * A dead letter stays dead.
   *
   * @param reason the operator's words
   */
  record Discarded(
      @JsonUnwrapped Act act, UUID letterId, String reason, @Nullable EventContext message)
      implements OperatorAction {
    public static final String TYPE = "discarded";

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if a field is missing
     */
    public Discarded {
      Objects.requireNonNull(act, "act");
      Objects.requireNonNull(letterId, "letter_id");
      Objects.requireNonNull(reason, "reason");
    }

    /**
     * Discards a letter.
     *
     * @param mail any context of its message; null where the record could not be read
     */
    public static Discarded of(
        UUID letterId,
        Instant at,
        ApiKeyId by,
        String reason,
        @Nullable EventContext mail,
        int replayCount,
        int attempts) {
      var act = Act.of(TYPE, letterId, null, at, by);
      return new Discarded(
          act, letterId, reason, mail == null ? null : act.applied(mail, replayCount, attempts));
    }

    @Override
    public byte[] key() {
      return keyOf(message, letterId);
    }
  }

  /**
   * A message that nobody could account for was put back in a queue.
   *
   * @param topic where to: {@link Topics#REQUESTS} if it was not decided, else the lane's
   */
  record Redriven(@JsonUnwrapped Act act, String topic, EventContext message)
      implements OperatorAction {
    public static final String TYPE = "redriven";

    /**
     * Checks that all is there.
     *
     * @throws NullPointerException if a field is missing
     */
    public Redriven {
      Objects.requireNonNull(act, "act");
      Objects.requireNonNull(topic, "topic");
      Objects.requireNonNull(message, "message");
    }

    /**
     * Redrives a message.
     *
     * @param mail any context of it
     * @param attempt the last attempt that is known
     */
    public static Redriven of(
        UUID redriveId,
        Instant at,
        ApiKeyId by,
        String topic,
        EventContext mail,
        int replayCount,
        int attempt) {
      var act = Act.of(TYPE, mail.messageId().value(), redriveId, at, by);
      return new Redriven(act, topic, act.applied(mail, replayCount, attempt));
    }

    @Override
    public byte[] key() {
      return keyOf(message, message.messageId().value());
    }
  }

  private static byte[] keyOf(@Nullable EventContext message, UUID other) {
    return (message == null ? other.toString() : message.messageId().toString()).getBytes(UTF_8);
  }
}
