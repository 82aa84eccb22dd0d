package io.tallypost.delivery.smtp;

import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import java.util.List;

/**
 * What an attempt at a relay means.
 *
 * @param fault the problem with the message as a whole
 * @param results each recipient of the envelope, in its order
 * @param untouched whether the relay heard nothing of the mail, so that another may be asked at
 *     once
 * @param health what it tells of the relay, which may be others' relay too
 */
public record AttemptResult(
    Fault fault, List<RecipientResult> results, boolean untouched, Health health) {

  /** A problem with a whole message. */
  public enum Fault {
    /** None: each recipient has an answer of its own. */
    NONE,
    /** The mail cannot be composed. */
    NOT_COMPOSABLE,
    /** The mail's tenant was deleted. */
    TENANT_DELETED,
    /** The relay refuses this message for any recipient. */
    MESSAGE_PERMANENT,
    /** The relay did not take this message now. */
    MESSAGE_TEMPORARY,
    /** The relay could not be reached, or broke off before the final dot. */
    RELAY_TEMPORARY,
    /** The relay cannot be used until somebody changes its settings, or ours. */
    RELAY_MISCONFIGURED,
    /** Some have it; a stop or a hand-over came before the others were asked for. */
    HANDED_OVER,
    /** The mail has non-ASCII addresses, and the relay does not take them (RFC 6531). */
    SMTPUTF8_NOT_OFFERED,
    /** The connection was lost after the final dot: the relay may have the message. */
    IN_DOUBT
  }

  /** What an attempt tells of its relay. */
  public enum Health {
    /** It answered, be it that it did not want this mail. */
    WELL,
    /** It could not be reached or used, or failed. */
    FAILED,
    /** Nothing: what failed was not the relay. */
    UNTOLD
  }

  public AttemptResult {
    results = List.copyOf(results);
  }

  /** What a relay answered about the mail. */
  public AttemptResult(Fault fault, List<RecipientResult> results) {
    this(fault, results, false, Health.WELL);
  }

  /**
   * Whether another relay may be asked at once: this one cannot be used, and has not heard of the
   * mail.
   */
  public boolean mayGoElsewhere() {
    return switch (fault) {
      case RELAY_MISCONFIGURED -> nobodyHasIt();
      case RELAY_TEMPORARY, SMTPUTF8_NOT_OFFERED -> untouched;
      case NONE,
          NOT_COMPOSABLE,
          TENANT_DELETED,
          MESSAGE_PERMANENT,
          MESSAGE_TEMPORARY,
          HANDED_OVER,
          IN_DOUBT ->
          false;
    };
  }

  /** Whether certainly no recipient of the envelope has the mail. */
  boolean nobodyHasIt() {
    return results.stream().noneMatch(result -> result.status() == Status.DELIVERED);
  }

  /** Whether no recipient has a final answer, and one of them none at all. */
  boolean isUnanswered() {
    return results.stream().allMatch(result -> result.status() == Status.DEFERRED)
        && results.stream().anyMatch(result -> result.reply() == null);
  }

  /** There was nothing to send to anybody. */
  public static AttemptResult notComposable(List<EmailAddress> recipients) {
    return forAll(recipients, Fault.NOT_COMPOSABLE, Status.FAILED, "the mail cannot be composed");
  }

  /** No relay is asked for a tenant that was deleted. */
  public static AttemptResult tenantDeleted(List<EmailAddress> recipients) {
    return forAll(
        recipients,
        Fault.TENANT_DELETED,
        Status.FAILED,
        "the tenant was deleted before it was sent");
  }

  /** The relay does not take non-ASCII addresses: recipients that have one cannot be served. */
  static AttemptResult smtpUtf8NotOffered(List<EmailAddress> recipients, String error) {
    List<RecipientResult> results = all(recipients, Status.FAILED, error);
    return new AttemptResult(Fault.SMTPUTF8_NOT_OFFERED, results, true, Health.UNTOLD);
  }

  /**
   * Something in Tallypost itself failed; a later attempt may use this relay.
   *
   * @param inDoubt whether the relay may have the message
   */
  static AttemptResult interrupted(List<EmailAddress> recipients, boolean inDoubt) {
    return new AttemptResult(
        inDoubt ? Fault.IN_DOUBT : Fault.RELAY_TEMPORARY,
        all(recipients, Status.DEFERRED, "internal failure while sending"),
        false,
        Health.UNTOLD);
  }

  private static AttemptResult forAll(
      List<EmailAddress> recipients, Fault fault, Status status, String error) {
    return new AttemptResult(fault, all(recipients, status, error), false, Health.UNTOLD);
  }

  private static List<RecipientResult> all(
      List<EmailAddress> recipients, Status status, String error) {
    return recipients.stream().map(one -> new RecipientResult(one, status, null, error)).toList();
  }
}
