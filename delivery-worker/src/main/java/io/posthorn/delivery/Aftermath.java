package io.posthorn.delivery;

import io.posthorn.delivery.smtp.Attempted;
import io.posthorn.delivery.smtp.Attempted.Fault;
import io.posthorn.events.DeadLetter;
import io.posthorn.events.EmailAddress;
import io.posthorn.events.RecipientResult;
import io.posthorn.events.RecipientResult.Status;
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
   */
  record TryAgain(
      List<RecipientResult> results,
      RetrySchedule.Slot slot,
      List<EmailAddress> remaining,
      List<EmailAddress> failed,
      String reason)
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
   * Decides. Pure.
   *
   * @param chance for the jitter, from 0 to below 1
   */
  static Aftermath of(
      QueuedMail mail, Attempted attempted, RetrySchedule schedule, Instant now, double chance) {
    List<RecipientResult> results = attempted.results();
    List<EmailAddress> open = with(Status.DEFERRED, results);
    List<EmailAddress> refused = with(Status.FAILED, results);
    List<EmailAddress> failed = joined(mail.failedEarlier(), refused);
    if (open.isEmpty()) {
      return failed.isEmpty() ? new Done(results) : refused(attempted, failed);
    }
    String why = why(attempted.fault(), open);
    return schedule
        .next(mail.attempt(), now, mail.ageFrom(), chance)
        .<Aftermath>map(slot -> new TryAgain(results, slot, open, failed, why))
        .orElseGet(() -> exhausted(attempted, joined(failed, open), why));
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

  private static GiveUp exhausted(Attempted attempted, List<EmailAddress> failed, String why) {
    var category =
        attempted.fault() == Fault.RELAY_MISCONFIGURED
            ? DeadLetter.Category.RELAY_CONFIG
            : DeadLetter.Category.EXHAUSTED;
    List<RecipientResult> settled =
        attempted.results().stream()
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
      case RELAY_MISCONFIGURED -> "the relay cannot be used as it is configured";
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
