package io.tallypost.intake.send;

import io.tallypost.events.EventContext;
import io.tallypost.events.Fingerprint;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.SubmissionId;
import io.tallypost.intake.limits.ApprovedMail;
import io.tallypost.intake.limits.ExhaustedKeys;
import io.tallypost.intake.replies.BrokerUnavailableException;
import io.tallypost.intake.replies.PendingReplies;
import io.tallypost.intake.replies.RequestPublisher;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.limits.RequestRate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;

/** Submits checked mail: gives it its ids, publishes it, and waits for quota's verdict. */
final class Submissions {
  private static final Logger log = LoggerFactory.getLogger(Submissions.class);

  /** How often a minute quota is asked about what may be a repeat, of one key over its limit. */
  private static final int REPEATS_PER_MINUTE = 10;

  private final RequestPublisher publisher;
  private final PendingReplies<SubmissionId, QuotaDecided> verdicts;
  private final ExhaustedKeys exhausted;
  private final ApprovedMail approved;
  private final RequestRate repeats = new RequestRate(REPEATS_PER_MINUTE);
  private final Duration verdictWait;
  private final InstantSource clock;

  Submissions(
      RequestPublisher publisher,
      PendingReplies<SubmissionId, QuotaDecided> verdicts,
      ExhaustedKeys exhausted,
      ApprovedMail approved,
      Duration verdictWait,
      InstantSource clock) {
    this.publisher = publisher;
    this.verdicts = verdicts;
    this.exhausted = exhausted;
    this.approved = approved;
    this.verdictWait = verdictWait;
    this.clock = clock;
  }

  /**
   * Submits one mail. A mail that quota is known to refuse is not published, or a sender over its
   * limit would fill the topics. One with an Idempotency-Key may repeat an approved mail, and then
   * gets that answer: those that are known to do so are published, and some of the others, the rest
   * of which is to be repeated later.
   *
   * @param key makes repeats the same mail
   * @param wait whether the sender wants to hear the verdict
   * @throws io.tallypost.kit.problems.ProblemException 429 if it is to be repeated later
   */
  Submitted submit(Caller caller, SendBody body, Optional<IdempotencyKey> key, boolean wait) {
    // Milliseconds: finer than any window, and the same in JSON, PostgreSQL and the ids.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    int units = body.mail().recipients().size();
    Optional<List<PolicyUsage>> refusal = exhausted.refusal(caller, units, now);
    if (refusal.isPresent()) {
      if (key.isEmpty()) {
        return new Submitted.Refused(units, refusal.get());
      }
      String sender = caller.apiKeyId().value();
      if (!approved.has(messageId(caller, key.get())) && !repeats.tryAcquire(sender)) {
        throw repeats.refusal(
            sender,
            "The limit of this API key is used up, and it sends more mail with Idempotency-Keys than can be looked up. If this repeats a mail that was accepted, send it again later.");
      }
    }
    SendRequested request = request(caller, body, key, now);
    try (var pending = verdicts.expect(request.context().submissionId())) {
      publisher.publish(
          Topics.REQUESTS, request.messageId().toString(), request, "tallypost.message_id");
      return pending
          .await(wait ? verdictWait : Duration.ZERO)
          .<Submitted>map(decision -> new Submitted.Decided(request, decision))
          .orElseGet(() -> new Submitted.Queued(request, wait));
    } catch (BrokerUnavailableException e) {
      log.atWarn()
          .addKeyValue("message_id", request.messageId())
          .addKeyValue("operation", "send")
          .log(
              "request not acknowledged by the broker: {}",
              NestedExceptionUtils.getMostSpecificCause(e).toString());
      return new Submitted.Unacknowledged(request);
    }
  }

  private static SendRequested request(
      Caller caller, SendBody body, Optional<IdempotencyKey> key, Instant now) {
    MessageId messageId =
        key.map(repeat -> messageId(caller, repeat)).orElseGet(() -> MessageId.next(now));
    var context =
        EventContext.accepted(
            messageId,
            SubmissionId.next(now),
            caller.tenant(),
            caller.apiKeyId(),
            caller.mode(),
            body.lane(),
            now);
    return new SendRequested(
        context,
        Fingerprint.of(body.mail(), body.lane()),
        key.isPresent(),
        caller.limits(),
        body.mail());
  }

  private static MessageId messageId(Caller caller, IdempotencyKey key) {
    return MessageId.of(caller.tenant(), caller.mode(), key.value());
  }
}
