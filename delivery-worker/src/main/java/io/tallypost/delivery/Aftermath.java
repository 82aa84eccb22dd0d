package io.tallypost.delivery;

import io.tallypost.delivery.smtp.Attempted;
import io.tallypost.delivery.smtp.Attempted.Fault;
import io.tallypost.delivery.smtp.Handling;
import io.tallypost.delivery.smtp.Handling.Reason;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.EmailAddress;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** What follows from an attempt. */
sealed interface Aftermath {

  /** How each recipient of this attempt stands now. */
  List<RecipientResult> results();

  /** Every recipient has the mail. */
  record Done(List<RecipientResult> results) implements Aftermath {}

  /**
   * Some recipients are tried again.
   *
   * @param remaining these
   * @param failed who is refused for good, earlier attempts included
   * @param counted whether it used up an attempt
   */
  record TryAgain(
      List<RecipientResult> results,
      Rungs.Stay stay,
      List<EmailAddress> remaining,
      List<EmailAddress> failed,
      String reason,
      boolean counted)
      implements Aftermath {}

  /**
   * The mail is at its end, and not everybody has it.
   *
   * @param failed who has not, earlier attempts included
   */
  record GiveUp(
      List<RecipientResult> results,
      DeadLetter.Category category,
      List<EmailAddress> failed,
      String reason)
      implements Aftermath {}

  /**
   * Decides after an attempt. Pure.
   *
   * @param ageFrom what the mail's age counts from
   * @param chance for the jitter, from 0 to below 1
   */
  static Aftermath of(
      QueuedMail mail,
      Attempted attempted,
      RetrySchedule schedule,
      Instant ageFrom,
      Instant now,
      double chance) {
    List<RecipientResult> results = attempted.results();
    List<EmailAddress> open = with(Status.DEFERRED, results);
    List<EmailAddress> failed = joined(mail.failedEarlier(), with(Status.FAILED, results));
    if (open.isEmpty()) {
      return failed.isEmpty() ? new Done(results) : refused(attempted, failed);
    }
    String why = why(attempted.fault(), open);
    if (attempted.fault() == Fault.RELAY_MISCONFIGURED) {
      // It is as if there were no relay: that is not the mail's fault.
      return schedule.isOver(now, ageFrom)
          ? exhausted(DeadLetter.Category.RELAY_CONFIG, results, joined(failed, open), why)
          : new TryAgain(
              results, park(mail, schedule, ageFrom, now, chance), open, failed, why, false);
    }
    return schedule
        .next(mail.attempt(), RetryHint.of(results), now, ageFrom, chance)
        .<Aftermath>map(stay -> new TryAgain(results, stay, open, failed, why, true))
        .orElseGet(
            () -> exhausted(DeadLetter.Category.EXHAUSTED, results, joined(failed, open), why));
  }

  /** Decides where no relay was asked. Pure. */
  static Aftermath of(
      QueuedMail mail,
      Handling.NotNow notNow,
      RetrySchedule schedule,
      Instant ageFrom,
      Instant now,
      double chance) {
    Reason reason = notNow.reason();
    if (schedule.isOver(now, ageFrom) && endsAtMaximumAge(mail, reason)) {
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
            ? park(mail, schedule, ageFrom, now, chance)
            : schedule.until(freeAt, now, ageFrom, chance);
    return new TryAgain(
        List.of(), stay, mail.recipients(), mail.failedEarlier(), reason.text(), false);
  }

  /** A hold ends nothing; and every mail is tried once, if it has to wait for its turn. */
  private static boolean endsAtMaximumAge(QueuedMail mail, Reason reason) {
    return switch (reason) {
      case HELD -> false;
      case SATURATED -> mail.wasTried();
      case NO_RELAY, UNUSABLE, MISCONFIGURED, BREAKER_OPEN, RATE_LIMITED -> true;
    };
  }

  private static Rungs.Stay park(
      QueuedMail mail, RetrySchedule schedule, Instant ageFrom, Instant now, double chance) {
    Duration parkedFor = Duration.between(mail.parkedSince().orElse(now), now);
    return schedule.park(parkedFor, now, ageFrom, chance);
  }

  private static GiveUp refused(Attempted attempted, List<EmailAddress> failed) {
    return attempted.fault() == Fault.NOT_COMPOSABLE
        ? new GiveUp(
            attempted.results(), DeadLetter.Category.POISON, failed, "the mail cannot be composed")
        : new GiveUp(
            attempted.results(),
            DeadLetter.Category.PERMANENT,
            failed,
            recipients(failed) + " refused by the relay");
  }

  private static GiveUp exhausted(
      DeadLetter.Category category,
      List<RecipientResult> results,
      List<EmailAddress> failed,
      String why) {
    List<RecipientResult> settled =
        results.stream()
            .map(one ->
                one.status() == Status.DEFERRED
                    ? new RecipientResult(one.recipient(), Status.FAILED, one.reply(), one.error())
                    : one)
            .toList();
    return new GiveUp(settled, category, failed, "maximum age reached: " + why);
  }

  private static String why(Fault fault, List<EmailAddress> open) {
    return switch (fault) {
      case NONE, NOT_COMPOSABLE, MESSAGE_PERMANENT -> recipients(open) + " deferred by the relay";
      case MESSAGE_TEMPORARY -> "message deferred by the relay";
      case RELAY_TEMPORARY -> "the relay could not be used";
      case RELAY_MISCONFIGURED -> Reason.MISCONFIGURED.text();
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
