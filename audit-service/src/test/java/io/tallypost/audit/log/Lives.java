package io.tallypost.audit.log;

import io.tallypost.events.DeadLetter;
import io.tallypost.events.DeliveryOutcome;
import io.tallypost.events.DeliveryOutcome.Attempt;
import io.tallypost.events.Event;
import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.events.OperatorAction;
import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaDecided.Verdict;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.SendRequested;
import io.tallypost.events.Topics;
import io.tallypost.ids.MessageId;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.SubmissionId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mail;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Messages' lives, as tests need them. */
final class Lives {
  static final EmailAddress DAVE = new EmailAddress("dave@example.com");

  private Lives() {}

  static SendRequested posted(MessageId id, Instant at, Mail mail) {
    var example = Examples.sendRequested(id, SubmissionId.next(at), mail, 1000);
    var context = example.context();
    return new SendRequested(
        EventContext.accepted(
            id,
            context.submissionId(),
            context.tenant(),
            context.apiKeyId(),
            context.mode(),
            context.lane(),
            at),
        example.fingerprint(),
        true,
        example.limits(),
        mail);
  }

  static QuotaDecided decided(SendRequested request, Verdict verdict) {
    var context = request.context();
    return new QuotaDecided(
        context.next(QuotaDecided.TYPE, context.acceptedAt().plusMillis(5), 0, 0),
        verdict,
        request.mail().recipients().size(),
        List.of(
            new PolicyUsage(
                QuotaPolicyName.KEY_DAY,
                10,
                10,
                Examples.MIDNIGHT_AFTER,
                verdict == Verdict.REJECTED)),
        null);
  }

  static RecipientResult took(EmailAddress to) {
    return new RecipientResult(
        to, RecipientResult.Status.DELIVERED, new SmtpReply(250, "2.1.5", "Ok"), null);
  }

  static RecipientResult greylisted(EmailAddress to) {
    return new RecipientResult(
        to, RecipientResult.Status.DEFERRED, new SmtpReply(451, "4.7.1", "Greylisted"), null);
  }

  static RecipientResult refused(EmailAddress to) {
    return new RecipientResult(
        to, RecipientResult.Status.FAILED, new SmtpReply(550, "5.1.1", "No such user"), null);
  }

  static DeliveryOutcome.Deferred deferred(
      SendRequested request, int replay, int attempt, boolean counted, RecipientResult... results) {
    Instant at = when(request, replay, attempt);
    return new DeliveryOutcome.Deferred(
        request.context().next(DeliveryOutcome.Deferred.TYPE, at, replay, attempt),
        new Attempt("default", List.of(results), 12, false, Examples.COST),
        at.plusSeconds(30),
        counted ? "deferred by the relay" : "relay saturated",
        counted);
  }

  static DeliveryOutcome.Delivered delivered(
      SendRequested request, int replay, int attempt, RecipientResult... results) {
    return new DeliveryOutcome.Delivered(
        request
            .context()
            .next(DeliveryOutcome.Delivered.TYPE, when(request, replay, attempt), replay, attempt),
        new Attempt("default", List.of(results), 9, false, Examples.COST));
  }

  static DeliveryOutcome.Failed failed(
      SendRequested request,
      int replay,
      int attempt,
      DeadLetter.Category category,
      List<EmailAddress> recipients,
      RecipientResult... results) {
    return new DeliveryOutcome.Failed(
        request
            .context()
            .next(DeliveryOutcome.Failed.TYPE, when(request, replay, attempt), replay, attempt),
        new Attempt("default", List.of(results), 9, false, Examples.COST),
        category,
        "refused by the relay",
        recipients);
  }

  private static Instant when(SendRequested request, int replay, int attempt) {
    return request.context().acceptedAt().plus(Duration.ofSeconds(100L * replay + 10L * attempt));
  }

  /** The same event, seen by a second run of the same worker a little later. */
  static DeliveryOutcome.Delivered again(DeliveryOutcome.Delivered first) {
    var c = first.context();
    return new DeliveryOutcome.Delivered(
        new EventContext(
            c.v(),
            c.eventId(),
            c.messageId(),
            c.submissionId(),
            c.tenant(),
            c.apiKeyId(),
            c.mode(),
            c.lane(),
            c.acceptedAt(),
            c.occurredAt().plusSeconds(3),
            c.replayCount(),
            c.attempt()),
        new Attempt("second", first.attempt().results(), 9, true, Examples.COST));
  }

  /**
   * A life with all that makes an order matter: a rejected submission, the approved one with
   * another mail, repeats of it on the same day and the next, parking, a retry, a failure, a
   * replay, and two records of one attempt. Some of it is missing, as the source of chance says.
   */
  static List<Event> eventful(Random chance) {
    var id = MessageId.next(Examples.NOON);
    Instant noon = Examples.NOON.plusSeconds(chance.nextInt(3600));
    var rejected = posted(id, noon, Examples.mailTo(DAVE));
    var approved = posted(id, noon.plusSeconds(60), Examples.MAIL);
    var repeat = posted(id, noon.plusSeconds(120), Examples.MAIL);
    var reused = posted(id, noon.plus(Duration.ofDays(1)), Examples.mailTo(DAVE));
    var late = posted(id, noon.plus(Duration.ofDays(1)).plusSeconds(60), Examples.MAIL);
    var delivered = delivered(approved, 1, 1, took(Examples.CAROL));
    List<Event> life =
        new ArrayList<>(
            List.of(
                rejected,
                decided(rejected, Verdict.REJECTED),
                approved,
                decided(approved, Verdict.APPROVED),
                repeat,
                decided(repeat, Verdict.REPLAYED),
                reused,
                decided(reused, Verdict.KEY_REUSED),
                late,
                decided(late, Verdict.REPLAYED),
                deferred(approved, 0, 1, false),
                deferred(approved, 0, 1, true, took(Examples.BOB), greylisted(Examples.CAROL)),
                failed(
                    approved,
                    0,
                    2,
                    DeadLetter.Category.PERMANENT,
                    List.of(Examples.CAROL),
                    refused(Examples.CAROL)),
                delivered,
                again(delivered)));
    int missing = chance.nextInt(6);
    for (int i = 0; i < missing; i++) {
      life.remove(chance.nextInt(life.size()));
    }
    return life;
  }

  static OperatorAction.Replayed replayed(
      SendRequested request, int replay, EmailAddress... recipients) {
    return OperatorAction.Replayed.of(
        new UUID(1, replay),
        Examples.JOB_ID,
        when(request, replay, 0),
        Examples.ACME_KEY,
        Topics.APPROVED,
        List.of(recipients),
        null,
        request.context(),
        replay);
  }

  static OperatorAction.Discarded discarded(SendRequested request, int replay, int attempts) {
    return OperatorAction.Discarded.of(
        new UUID(1, replay + 1),
        when(request, replay, attempts).plusSeconds(5),
        Examples.ACME_KEY,
        "obsolete",
        request.context(),
        replay,
        attempts);
  }

  static OperatorAction.Redriven redriven(
      SendRequested request, String topic, int replay, int attempt) {
    return OperatorAction.Redriven.of(
        Examples.JOB_ID,
        when(request, replay, attempt).plusSeconds(5),
        Examples.ACME_KEY,
        topic,
        request.context(),
        replay,
        attempt);
  }

  /** What operators did in a life: a redrive, a replay and a discard. */
  static List<OperatorAction> operations(List<Event> life) {
    return life.stream()
        .filter(SendRequested.class::isInstance)
        .map(SendRequested.class::cast)
        .filter(request -> request.mail().recipients().contains(Examples.CAROL))
        .findFirst()
        .map(request ->
            List.<OperatorAction>of(
                redriven(request, Topics.APPROVED, 0, 1),
                replayed(request, 1, Examples.CAROL),
                discarded(request, 0, 2)))
        .orElseGet(List::of);
  }
}
