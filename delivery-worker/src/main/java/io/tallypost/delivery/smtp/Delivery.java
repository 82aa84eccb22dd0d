package io.tallypost.delivery.smtp;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.tallypost.delivery.smtp.AttemptResult.Fault;
import io.tallypost.delivery.smtp.AttemptResult.Health;
import io.tallypost.delivery.smtp.session.Conversation;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.session.SmtpStage;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.SmtpReply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One attempt at a relay: as many transactions as it takes to ask it about each recipient. If a
 * relay takes fewer recipients at a time than a mail has, the rest follows at once in further
 * transactions, each with its own dot and its own doubt; that is no attempt of its own (RFC 5321,
 * section 4.5.3.1.10).
 */
final class Delivery {
  private static final String NOT_REACHED = "not asked for: an earlier part of the attempt failed";

  private static final String HANDED_OVER =
      "handed over: the worker stopped, or another one took over, before it was asked for";

  private final RelayConnection connection;
  private final SendGuard guard;
  private final Map<EmailAddress, RecipientResult> results = new LinkedHashMap<>();
  private final long began = System.nanoTime();
  private boolean heardOfIt;

  /** How many recipients of this mail the relay takes in one transaction. */
  private int most = Integer.MAX_VALUE;

  Delivery(RelayConnection connection, SendGuard guard) {
    this.connection = connection;
    this.guard = guard;
  }

  /**
   * Sends.
   *
   * @param envelope for the recipients that the relay can take
   */
  AttemptResult run(Envelope envelope, byte[] message, boolean utf8Headers) {
    List<EmailAddress> open = envelope.recipients();
    Fault fault = Fault.NONE;
    Health health = Health.WELL;
    boolean repeated = false;
    while (true) {
      List<EmailAddress> batch =
          open.subList(0, Math.min(open.size(), Math.min(most, connection.mostRecipients())));
      Conversation failed = connection.ready(guard);
      Conversation conversation =
          failed == null
              ? connection.transact(envelope.to(batch), message, utf8Headers, guard)
              : failed;
      heardOfIt |= conversation.stage().compareTo(SmtpStage.MAIL) >= 0;
      boolean hasTime = System.nanoTime() - began < NANOSECONDS.convert(connection.longest());
      if (endedAtOneTooMany(conversation, batch) && hasTime && guard.mayGoOn()) {
        continue;
      }
      if (!repeated
          && endedAtSomebody(conversation, batch)
          && hasTime
          && guard.mayGoOnAfterSilence()) {
        // Once: a relay that breaks off again and again must not have the place for hours.
        repeated = true;
        note(ReplyClassifier.classify(conversation, batch));
        open = conversation.acceptedOf(batch);
        continue;
      }
      boolean handedOver = wasHandedOver(conversation);
      AttemptResult attemptResult =
          ReplyClassifier.classify(
              handedOver ? conversation.because(HANDED_OVER) : conversation, batch);
      note(attemptResult);
      fault = handedOver ? Fault.HANDED_OVER : attemptResult.fault();
      health = handedOver ? Health.UNTOLD : attemptResult.health();
      List<EmailAddress> rest = rest(conversation, batch, open);
      boolean goesOn = conversation.isTaken() || isRefusedOneByOne(conversation, batch, fault);
      if (rest.isEmpty() || !goesOn) {
        break;
      }
      if (guard.isToEnd() && fault == Fault.NONE) {
        fault = Fault.HANDED_OVER;
        rest.forEach(one -> results.put(one, deferred(one, HANDED_OVER)));
      }
      if (!hasTime || !guard.mayGoOn()) {
        break;
      }
      open = rest;
    }
    List<RecipientResult> all =
        allResults(envelope, fault == Fault.HANDED_OVER ? HANDED_OVER : NOT_REACHED);
    return new AttemptResult(fault, all, !heardOfIt, health);
  }

  /** Some have the mail already, and the relay is not to blame that the others do not. */
  private boolean wasHandedOver(Conversation conversation) {
    return guard.isCutShort()
        && conversation.failure() != null
        && conversation.stage().compareTo(SmtpStage.DOT) < 0
        && !results.isEmpty();
  }

  private static RecipientResult deferred(EmailAddress recipient, String error) {
    return new RecipientResult(recipient, Status.DEFERRED, null, error);
  }

  /**
   * A 421 after accepted recipients: the relay takes no more in one transaction. If it has refused
   * some before, it may rather have had enough of them: that tells nothing of other mail.
   */
  private boolean endedAtOneTooMany(Conversation conversation, List<EmailAddress> batch) {
    SmtpReply reply = conversation.reply();
    int accepted = conversation.accepted();
    if (conversation.stage() != SmtpStage.RCPT
        || reply == null
        || reply.code() != 421
        || accepted == 0
        || accepted >= batch.size()) {
      return false;
    }
    most = conversation.recipientReplies().size();
    if (accepted == most) {
      connection.tookOnly(accepted);
    }
    return true;
  }

  /**
   * It broke off, and not at the first recipient. Those whom it has accepted are handed over
   * without the others: else one recipient at which it always breaks off would keep the mail from
   * all.
   */
  private static boolean endedAtSomebody(Conversation conversation, List<EmailAddress> batch) {
    SmtpStage stage = conversation.stage();
    SmtpReply reply = conversation.reply();
    int accepted = conversation.accepted();
    return (stage == SmtpStage.RCPT || stage == SmtpStage.DATA)
        && (reply == null || reply.code() == 421)
        && accepted > 0
        && accepted < batch.size();
  }

  private void note(AttemptResult attemptResult) {
    attemptResult.results().forEach(result -> results.put(result.recipient(), result));
  }

  /**
   * Recipients that the relay was not asked about, or wants to be asked about again in another
   * transaction.
   */
  private static List<EmailAddress> rest(
      Conversation conversation, List<EmailAddress> batch, List<EmailAddress> open) {
    List<EmailAddress> rest = new ArrayList<>();
    for (EmailAddress one : batch) {
      SmtpReply reply = conversation.recipientReplies().get(one);
      if (reply != null && ReplyClassifier.meansAnotherTransaction(reply)) {
        rest.add(one);
      }
    }
    List<EmailAddress> unasked = open.subList(batch.size(), open.size());
    rest.addAll(unasked);
    return conversation.accepted() > 0 ? rest : unasked;
  }

  /** It accepted none of these and said so for each: those after them were not asked about. */
  private static boolean isRefusedOneByOne(
      Conversation conversation, List<EmailAddress> batch, Fault fault) {
    return fault == Fault.NONE
        && conversation.stage() == SmtpStage.RCPT
        && conversation.recipientReplies().keySet().containsAll(batch);
  }

  private List<RecipientResult> allResults(Envelope envelope, String unasked) {
    return envelope.recipients().stream()
        .map(one -> Objects.requireNonNullElseGet(results.get(one), () -> deferred(one, unasked)))
        .toList();
  }
}
