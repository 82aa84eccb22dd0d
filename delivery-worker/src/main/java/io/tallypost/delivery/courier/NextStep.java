package io.tallypost.delivery.courier;

import io.tallypost.delivery.RetrySchedule;
import io.tallypost.delivery.Rungs;
import io.tallypost.delivery.smtp.AttemptResult;
import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.RelayAnswer.Reason;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What follows from an attempt. */
sealed interface NextStep {
  /**
   * For how long a parked mail may be silent beyond the time named last. Well below the time after
   * which audit-service misses a message ({@code tallypost.audit.unaccounted-after}, 15 minutes).
   */
  Duration LONGEST_SILENCE = Duration.ofMinutes(10);

  /** The state of each recipient after this attempt. */
  List<RecipientResult> results();

  /** Every recipient has the mail. */
  record Done(List<RecipientResult> results) implements NextStep {}

  /**
   * Some recipients are tried again.
   *
   * @param remaining these
   * @param failed recipients refused for good, earlier attempts included
   * @param parking why it used up no attempt; empty if it used up one
   */
  record TryAgain(
      List<RecipientResult> results,
      Rungs.Stay stay,
      List<EmailAddress> remaining,
      List<EmailAddress> failed,
      String reason,
      Optional<Parking> parking)
      implements NextStep {

    /** Whether it used up an attempt. */
    boolean counted() {
      return parking.isEmpty();
    }

    /** Whether an outcome is published for it. */
    boolean isReported() {
      return parking.map(Parking::reported).orElse(true);
    }
  }

  /**
   * A mail is put off without using up an attempt.
   *
   * @param reported whether an outcome is published; one that repeats the last would be of no use
   */
  record Parking(Reason reason, boolean reported) {}

  /**
   * The mail has ended, and not everybody has it.
   *
   * @param failed recipients who do not have it, earlier attempts included
   */
  record GiveUp(
      List<RecipientResult> results,
      DeadLetter.Category category,
      List<EmailAddress> failed,
      String reason)
      implements NextStep {}

  /**
   * Decides after an attempt. Pure.
   *
   * @param ageFrom the start of the mail's age
   * @param chance for the jitter, from 0 to below 1
   */
  static NextStep of(
      QueuedMail mail,
      AttemptResult attemptResult,
      RetrySchedule schedule,
      Instant ageFrom,
      Instant now,
      double chance) {
    List<RecipientResult> results = whatWasSaid(mail, attemptResult.results());
    List<EmailAddress> open = inTurn(with(Status.DEFERRED, results), attemptResult.fault());
    List<EmailAddress> failed = joined(mail.failedEarlier(), with(Status.FAILED, results));
    if (open.isEmpty()) {
      return failed.isEmpty() ? new Done(results) : refused(attemptResult.fault(), results, failed);
    }
    String why = why(attemptResult.fault(), open);
    if (attemptResult.fault() == Fault.RELAY_MISCONFIGURED) {
      // Treated as if there were no relay: that is not the mail's fault.
      return schedule.isOver(now, ageFrom)
          ? exhausted(DeadLetter.Category.RELAY_CONFIG, results, joined(failed, open), why)
          : parked(
              mail,
              Reason.MISCONFIGURED,
              park(mail, false, schedule, ageFrom, now, chance),
              results,
              open,
              failed);
    }
    if (attemptResult.fault() == Fault.HANDED_OVER) {
      // Nor is this. It does not end by its age either: nobody was asked about the open ones.
      Rungs.Stay soon = park(mail, true, schedule, ageFrom, now, chance);
      return parked(mail, Reason.HANDED_OVER, soon, results, open, failed);
    }
    return schedule
        .next(mail.attempt(), RetryHint.of(results), now, ageFrom, chance)
        .<NextStep>map(stay -> new TryAgain(results, stay, open, failed, why, Optional.empty()))
        .orElseGet(
            () -> exhausted(DeadLetter.Category.EXHAUSTED, results, joined(failed, open), why));
  }

  /** Decides if no relay was asked. Pure. */
  static NextStep of(
      QueuedMail mail,
      RelayAnswer.NotNow notNow,
      RetrySchedule schedule,
      Instant ageFrom,
      Instant now,
      double chance) {
    Reason reason = notNow.reason();
    if (schedule.isOver(now, ageFrom) && isEnd(mail, reason, schedule.isLongOver(now, ageFrom))) {
      var category =
          reason.isMisconfiguration()
              ? DeadLetter.Category.RELAY_CONFIG
              : DeadLetter.Category.EXHAUSTED;
      List<RecipientResult> untried =
          mail.recipients().stream()
              .map(one -> new RecipientResult(one, Status.DEFERRED, null, reason.text()))
              .toList();
      return exhausted(
          category, untried, joined(mail.failedEarlier(), mail.recipients()), reason.text());
    }
    Instant freeAt = notNow.freeAt();
    Rungs.Stay stay =
        freeAt == null
            ? park(mail, notNow.probe(), schedule, ageFrom, now, chance)
            : schedule.until(freeAt, now, ageFrom, chance);
    return parked(mail, reason, stay, List.of(), mail.recipients(), mail.failedEarlier());
  }

  /**
   * Whether a mail ends that has reached its maximum age. Age does not end what an operator
   * stopped. Every mail is tried once: from that age on, neither breaker nor rate holds the first
   * attempt up. A last attempt at a relay that is well may have to wait for its turn.
   */
  private static boolean isEnd(QueuedMail mail, Reason reason, boolean isLongOver) {
    return switch (reason) {
      case HELD, TENANT_DISABLED, HANDED_OVER -> false;
      case BREAKER_OPEN, STALLED -> mail.wasTried();
      case SATURATED, RATE_LIMITED -> mail.wasTried() && isLongOver;
      case NO_RELAY, UNUSABLE, MISCONFIGURED -> true;
    };
  }

  /** A probe stays on the shortest delay; mail that waits beside it moves to longer ones. */
  private static Rungs.Stay park(
      QueuedMail mail,
      boolean probe,
      RetrySchedule schedule,
      Instant ageFrom,
      Instant now,
      double chance) {
    Instant since = probe ? now : mail.parkedSince().orElse(now);
    return schedule.park(Duration.between(since, now), now, ageFrom, chance);
  }

  private static TryAgain parked(
      QueuedMail mail,
      Reason reason,
      Rungs.Stay stay,
      List<RecipientResult> results,
      List<EmailAddress> open,
      List<EmailAddress> failed) {
    boolean isNews =
        !mail.parkedFor().equals(Optional.of(reason))
            || results.stream().anyMatch(result -> result.status() != Status.DEFERRED)
            || mail.reportedUntil()
                .map(until -> stay.backAt().isAfter(until.plus(LONGEST_SILENCE)))
                .orElse(true);
    return new TryAgain(
        results, stay, open, failed, reason.text(), Optional.of(new Parking(reason, isNews)));
  }

  /**
   * Somebody else is asked about first next time. A relay that always ends the connection at the
   * first one would otherwise never be asked about the others.
   */
  private static List<EmailAddress> inTurn(List<EmailAddress> open, Fault fault) {
    if (fault != Fault.RELAY_TEMPORARY || open.isEmpty()) {
      return open;
    }
    List<EmailAddress> turned = new ArrayList<>(open);
    Collections.rotate(turned, -1);
    return List.copyOf(turned);
  }

  /**
   * Every recipient's result, as far as the relay replied: a recipient without a reply is open, and
   * counts as delivered only if a reply says so.
   */
  private static List<RecipientResult> whatWasSaid(QueuedMail mail, List<RecipientResult> results) {
    Map<EmailAddress, RecipientResult> said = new LinkedHashMap<>();
    mail.recipients().forEach(one -> said.put(one, unanswered(one, null)));
    for (RecipientResult result : results) {
      said.put(
          result.recipient(),
          isProven(result) ? result : unanswered(result.recipient(), result.reply()));
    }
    return List.copyOf(said.values());
  }

  private static boolean isProven(RecipientResult result) {
    SmtpReply reply = result.reply();
    return result.status() != Status.DELIVERED || (reply != null && reply.code() / 100 == 2);
  }

  private static RecipientResult unanswered(EmailAddress recipient, @Nullable SmtpReply reply) {
    return new RecipientResult(
        recipient,
        Status.DEFERRED,
        reply,
        reply == null ? "no reply tells of this recipient" : null);
  }

  private static GiveUp refused(
      Fault fault, List<RecipientResult> results, List<EmailAddress> failed) {
    return switch (fault) {
      case NOT_COMPOSABLE ->
          new GiveUp(results, DeadLetter.Category.POISON, failed, "the mail cannot be composed");
      case TENANT_DELETED ->
          new GiveUp(
              results,
              DeadLetter.Category.PERMANENT,
              failed,
              "the tenant was deleted before it was sent");
      case NONE,
          MESSAGE_PERMANENT,
          MESSAGE_TEMPORARY,
          RELAY_TEMPORARY,
          HANDED_OVER,
          RELAY_MISCONFIGURED,
          SMTPUTF8_NOT_OFFERED,
          IN_DOUBT ->
          new GiveUp(
              results,
              DeadLetter.Category.PERMANENT,
              failed,
              recipients(failed) + " refused by the relay");
    };
  }

  private static GiveUp exhausted(
      DeadLetter.Category category,
      List<RecipientResult> results,
      List<EmailAddress> failed,
      String why) {
    return new GiveUp(settled(results), category, failed, "maximum age reached: " + why);
  }

  /** Nobody is tried again. */
  private static List<RecipientResult> settled(List<RecipientResult> results) {
    return results.stream()
        .map(one ->
            one.status() == Status.DEFERRED
                ? new RecipientResult(one.recipient(), Status.FAILED, one.reply(), one.error())
                : one)
        .toList();
  }

  /**
   * The end of a mail whose attempts fail for a reason that nobody foresaw. Pure.
   *
   * @param maybeSent whether a relay may have it
   */
  static GiveUp unexpected(QueuedMail mail, boolean maybeSent) {
    String why =
        maybeSent
            ? "internal failure after the final dot: the relay may have the message"
            : "internal failure at each attempt";
    return poison(mail, why);
  }

  /** The end of a mail that is too large for the topic that it is to move to. Pure. */
  static GiveUp tooLarge(QueuedMail mail) {
    return poison(mail, "too large for its next topic");
  }

  private static GiveUp poison(QueuedMail mail, String why) {
    List<RecipientResult> results =
        mail.recipients().stream()
            .map(one -> new RecipientResult(one, Status.FAILED, null, why))
            .toList();
    return new GiveUp(
        results, DeadLetter.Category.POISON, joined(mail.failedEarlier(), mail.recipients()), why);
  }

  /** The end of a mail that is too large for its retry topic. Pure. */
  static GiveUp tooLarge(TryAgain again) {
    String why = "too large for its retry topic: " + again.reason();
    List<RecipientResult> untried =
        again.remaining().stream()
            .filter(
                one -> again.results().stream().noneMatch(result -> result.recipient().equals(one)))
            .map(one -> new RecipientResult(one, Status.FAILED, null, why))
            .toList();
    return new GiveUp(
        Stream.concat(settled(again.results()).stream(), untried.stream()).toList(),
        DeadLetter.Category.POISON,
        joined(again.failed(), again.remaining()),
        why);
  }

  private static String why(Fault fault, List<EmailAddress> open) {
    return switch (fault) {
      case NONE, NOT_COMPOSABLE, TENANT_DELETED, MESSAGE_PERMANENT, SMTPUTF8_NOT_OFFERED ->
          recipients(open) + " deferred by the relay";
      case MESSAGE_TEMPORARY -> "message deferred by the relay";
      case RELAY_TEMPORARY -> "the relay could not be used";
      case RELAY_MISCONFIGURED -> Reason.MISCONFIGURED.text();
      case HANDED_OVER -> Reason.HANDED_OVER.text();
      case IN_DOUBT -> "connection lost after the final dot: the relay may have the message";
    };
  }

  private static String recipients(List<EmailAddress> recipients) {
    return recipients.size() == 1 ? "1 recipient" : recipients.size() + " recipients";
  }

  private static List<EmailAddress> with(Status status, List<RecipientResult> results) {
    return results.stream()
        .filter(result -> result.status() == status)
        .map(RecipientResult::recipient)
        .toList();
  }

  private static List<EmailAddress> joined(List<EmailAddress> first, List<EmailAddress> second) {
    return Stream.concat(first.stream(), second.stream()).distinct().toList();
  }
}
