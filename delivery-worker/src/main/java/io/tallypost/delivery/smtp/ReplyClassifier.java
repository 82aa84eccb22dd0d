package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.AttemptResult.Health;
import io.tallypost.delivery.smtp.session.Conversation;
import io.tallypost.delivery.smtp.session.SmtpStage;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what a relay's replies mean: who has the mail, who is tried again, who is not. Pure.
 *
 * <p>A recipient has the mail only if its own RCPT and the final dot were both answered 2xx; a
 * missing failure is no delivery. Otherwise the first digit decides (RFC 5321, section 4.2.1): 4
 * try again, 5 do not. Exceptions: 421 means that the relay closes the connection, whatever it was
 * asked (section 3.8); 452 or 552 to a RCPT may mean too many recipients for one transaction
 * (section 4.5.3.1.10); 530, 534, 535 and 538 are about us and not about the mail (RFC 4954,
 * section 6).
 */
final class ReplyClassifier {
  private ReplyClassifier() {}

  static AttemptResult classify(Conversation conversation, List<EmailAddress> recipients) {
    Fault fault = fault(conversation);
    return new AttemptResult(
        fault,
        recipients.stream().map(one -> result(conversation, fault, one)).toList(),
        conversation.stage().compareTo(SmtpStage.MAIL) < 0,
        health(conversation, fault));
  }

  /**
   * A reply to RCPT, to DATA or to the dot is about this mail, even 421 or 530: one sender's mail
   * must not make a relay look unwell that others use too.
   */
  private static Health health(Conversation conversation, Fault fault) {
    return switch (fault) {
      case RELAY_TEMPORARY, RELAY_MISCONFIGURED, IN_DOUBT ->
          conversation.reply() != null && conversation.stage().compareTo(SmtpStage.MAIL) > 0
              ? Health.WELL
              : Health.FAILED;
      case NONE,
          NOT_COMPOSABLE,
          TENANT_DELETED,
          MESSAGE_PERMANENT,
          MESSAGE_TEMPORARY,
          HANDED_OVER,
          SMTPUTF8_NOT_OFFERED ->
          Health.WELL;
    };
  }

  private static Fault fault(Conversation conversation) {
    SmtpReply reply = conversation.reply();
    Conversation.Failure failure = conversation.failure();
    if (reply == null) {
      if (conversation.stage() == SmtpStage.DOT) {
        return Fault.IN_DOUBT;
      }
      return failure != null && failure.misconfigured()
          ? Fault.RELAY_MISCONFIGURED
          : Fault.RELAY_TEMPORARY;
    }
    if (reply.code() == 421) {
      return Fault.RELAY_TEMPORARY;
    }
    return switch (conversation.stage()) {
      case CONNECT, GREETING, TLS -> Fault.RELAY_TEMPORARY;
      case AUTH -> isPermanent(reply) ? Fault.RELAY_MISCONFIGURED : Fault.RELAY_TEMPORARY;
      case RCPT -> wantsLogin(conversation) ? Fault.RELAY_MISCONFIGURED : Fault.NONE;
      case MAIL, DATA, DOT -> {
        if (asksForOtherCredentials(reply)) {
          yield Fault.RELAY_MISCONFIGURED;
        }
        if (isPermanent(reply)) {
          yield Fault.MESSAGE_PERMANENT;
        }
        yield conversation.isTaken() ? Fault.NONE : Fault.MESSAGE_TEMPORARY;
      }
    };
  }

  /**
   * Nobody was accepted, and one recipient for lack of a login: the same mail may pass with another
   * one.
   */
  private static boolean wantsLogin(Conversation conversation) {
    return conversation.recipientReplies().values().stream()
        .anyMatch(ReplyClassifier::asksForOtherCredentials);
  }

  private static RecipientResult result(
      Conversation conversation, Fault fault, EmailAddress recipient) {
    SmtpReply own = conversation.recipientReplies().get(recipient);
    if (own != null && !isPositive(own)) {
      return of(recipient, isPermanentForRecipient(own) ? Status.FAILED : Status.DEFERRED, own);
    }
    SmtpReply reply = conversation.reply();
    if (reply == null) {
      return new RecipientResult(recipient, Status.DEFERRED, null, text(conversation.failure()));
    }
    if (own == null && conversation.stage().compareTo(SmtpStage.MAIL) > 0 && reply.code() != 421) {
      // None of its replies is about this recipient.
      return new RecipientResult(
          recipient, Status.DEFERRED, null, "the relay was not asked for it");
    }
    return switch (fault) {
      case NONE ->
          of(recipient, conversation.isTaken() ? Status.DELIVERED : Status.DEFERRED, reply);
      case NOT_COMPOSABLE, TENANT_DELETED, MESSAGE_PERMANENT -> of(recipient, Status.FAILED, reply);
      case MESSAGE_TEMPORARY,
          RELAY_TEMPORARY,
          RELAY_MISCONFIGURED,
          SMTPUTF8_NOT_OFFERED,
          HANDED_OVER,
          IN_DOUBT ->
          of(recipient, Status.DEFERRED, reply);
    };
  }

  private static RecipientResult of(EmailAddress recipient, Status status, SmtpReply reply) {
    return new RecipientResult(recipient, status, reply, null);
  }

  private static String text(Conversation.@Nullable Failure failure) {
    return failure == null ? "the connection ended" : failure.text();
  }

  private static boolean isPositive(SmtpReply reply) {
    return reply.code() / 100 == 2;
  }

  private static boolean isPermanent(SmtpReply reply) {
    return reply.code() / 100 == 5;
  }

  private static boolean isPermanentForRecipient(SmtpReply reply) {
    return isPermanent(reply) && !meansAnotherTransaction(reply) && !asksForOtherCredentials(reply);
  }

  /** Whether a recipient is one too many for this transaction, rather than full or unknown. */
  static boolean meansAnotherTransaction(SmtpReply reply) {
    String enhanced = reply.enhancedCode();
    return (reply.code() == 452 || reply.code() == 552)
        && (enhanced == null || enhanced.endsWith(".5.3"));
  }

  private static boolean asksForOtherCredentials(SmtpReply reply) {
    return switch (reply.code()) {
      case 530, 534, 535, 538 -> true;
      default -> false;
    };
  }
}
