package io.posthorn.intake.send;

import io.posthorn.events.EventContext;
import io.posthorn.events.Fingerprint;
import io.posthorn.events.MessageId;
import io.posthorn.events.QuotaDecided;
import io.posthorn.events.SendRequested;
import io.posthorn.events.SubmissionId;
import io.posthorn.events.Topics;
import io.posthorn.intake.replies.BrokerUnavailableException;
import io.posthorn.intake.replies.PendingReplies;
import io.posthorn.intake.replies.Questions;
import io.posthorn.keys.Caller;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;

/** Takes checked mail over: gives it its ids, publishes it, and waits for quota's verdict. */
final class Submissions {
  private static final Logger log = LoggerFactory.getLogger(Submissions.class);

  private final Questions questions;
  private final PendingReplies<SubmissionId, QuotaDecided> verdicts;
  private final Duration verdictWait;
  private final InstantSource clock;

  Submissions(
      Questions questions,
      PendingReplies<SubmissionId, QuotaDecided> verdicts,
      Duration verdictWait,
      InstantSource clock) {
    this.questions = questions;
    this.verdicts = verdicts;
    this.verdictWait = verdictWait;
    this.clock = clock;
  }

  /**
   * Takes one mail over.
   *
   * @param key what makes repeats the same mail
   * @param wait whether the sender wants to hear the verdict
   */
  Submitted submit(Caller caller, SendBody body, Optional<IdempotencyKey> key, boolean wait) {
    SendRequested request = request(caller, body, key);
    try (var pending = verdicts.expect(request.context().submissionId())) {
      questions.publish(
          Topics.REQUESTS, request.messageId().toString(), request, "posthorn.message_id");
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

  private SendRequested request(Caller caller, SendBody body, Optional<IdempotencyKey> key) {
    // Milliseconds: finer than any window, and the same in JSON, PostgreSQL and the ids.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    MessageId messageId =
        key.map(repeat -> MessageId.of(caller.tenant(), caller.mode(), repeat.value()))
            .orElseGet(() -> MessageId.next(now));
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
}
