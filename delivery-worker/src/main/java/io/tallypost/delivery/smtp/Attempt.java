package io.tallypost.delivery.smtp;

import io.tallypost.delivery.smtp.session.Conversation;
import io.tallypost.delivery.smtp.session.Envelope;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.events.RecipientResult;
import io.tallypost.events.RecipientResult.Status;
import io.tallypost.mail.EmailAddress;
import jakarta.mail.MessagingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One try to hand a mail over on a connection. */
final class Attempt {
  private static final Logger log = LoggerFactory.getLogger(Attempt.class);

  /** RFC 6531, section 3.7.4.2. */
  private static final String ADDRESS_NOT_CARRIED =
      "5.6.7 no relay takes addresses outside ASCII (SMTPUTF8)";

  private static final String HEADER_NOT_CARRIED =
      "5.6.9 no relay takes a header with addresses outside ASCII (SMTPUTF8)";

  private final RelayConnection connection;
  private final OutgoingMail mail;
  private final Relay.Terms terms;
  private final SendGuard guard;

  Attempt(RelayConnection connection, OutgoingMail mail, Relay.Terms terms, SendGuard guard) {
    this.connection = connection;
    this.mail = mail;
    this.terms = terms;
    this.guard = guard;
  }

  /** Makes it, if the mail may still go: it may have waited long for the connection. */
  RelayAnswer make() {
    Conversation failed = connection.ready(guard);
    if (failed == null && !mail.mayGo()) {
      return new RelayAnswer.BrokenOff();
    }
    AttemptResult attemptResult =
        failed == null
            ? attemptResult()
            : ReplyClassifier.classify(failed, mail.envelope().recipients());
    if (guard.isBrokenOff()) {
      return new RelayAnswer.BrokenOff();
    }
    // Other mail needs the place: not this relay's fault. But what it has said holds.
    return guard.hasStalled() && attemptResult.isUnanswered()
        ? new RelayAnswer.NotNow(RelayAnswer.Reason.STALLED, null)
        : new RelayAnswer.Made(attemptResult);
  }

  private AttemptResult attemptResult() {
    Envelope envelope = mail.envelope();
    boolean utf8 = mail.headerNeedsSmtpUtf8();
    if (!connection.capabilities().smtpUtf8() && (utf8 || envelope.needsSmtpUtf8())) {
      return withoutSmtpUtf8(envelope, utf8);
    }
    return send(envelope, utf8);
  }

  private AttemptResult withoutSmtpUtf8(Envelope envelope, boolean utf8Header) {
    if (utf8Header || envelope.from().needsSmtpUtf8()) {
      return AttemptResult.smtpUtf8NotOffered(envelope.recipients(), HEADER_NOT_CARRIED);
    }
    List<EmailAddress> ascii =
        envelope.recipients().stream().filter(EmailAddress::isAscii).toList();
    if (!terms.withoutSmtpUtf8() || ascii.isEmpty()) {
      return AttemptResult.smtpUtf8NotOffered(envelope.recipients(), ADDRESS_NOT_CARRIED);
    }
    AttemptResult some = send(envelope.to(ascii), false);
    List<RecipientResult> results = new ArrayList<>();
    for (EmailAddress one : envelope.recipients()) {
      Optional<RecipientResult> sent =
          some.results().stream().filter(result -> result.recipient().equals(one)).findFirst();
      results.add(
          sent.orElseGet(() -> new RecipientResult(one, Status.FAILED, null, ADDRESS_NOT_CARRIED)));
    }
    return new AttemptResult(some.fault(), results, false, some.health());
  }

  private AttemptResult send(Envelope envelope, boolean utf8Header) {
    return compose(mail)
        .map(message -> new Delivery(connection, guard).run(envelope, message, utf8Header))
        .orElseGet(() -> AttemptResult.notComposable(mail.envelope().recipients()));
  }

  /** The mail's bytes; empty if it can never be composed. */
  static Optional<byte[]> compose(OutgoingMail mail) {
    try {
      return Optional.of(mail.message());
    } catch (MessagingException | IllegalArgumentException e) {
      // The library's message may quote the mail.
      log.atWarn().addKeyValue("failure", e.getClass().getName()).log("mail cannot be composed");
      return Optional.empty();
    }
  }
}
