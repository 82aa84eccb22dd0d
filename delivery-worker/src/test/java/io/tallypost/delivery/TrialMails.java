package io.tallypost.delivery;

import io.tallypost.events.EventContext;
import io.tallypost.events.Examples;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.MessageId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import io.tallypost.mail.Mailbox;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Mail whose recipients say what is to happen to it. */
final class TrialMails {
  private TrialMails() {}

  /** A mail to recipients that the sink treats as these words say. */
  static SendRequested to(String... behaviours) {
    MessageId unique = MessageId.next(Instant.now());
    List<Mailbox> to =
        IntStream.range(0, behaviours.length)
            .mapToObj(
                i -> new EmailAddress(behaviours[i] + "-" + i + "-" + unique + "@example.org"))
            .map(Mailbox::of)
            .toList();
    var mail =
        new Mail(
            Examples.MAIL.from(),
            to,
            List.of(),
            List.of(),
            List.of(),
            "Hello",
            "Hello.\n",
            null,
            new TreeMap<>());
    return Examples.nextSendRequested(mail, 10);
  }

  /** Mail of a test key. */
  static SendRequested test(String recipient) {
    SendRequested live =
        Examples.nextSendRequested(Examples.mailTo(new EmailAddress(recipient)), 10);
    EventContext context = live.context();
    return new SendRequested(
        EventContext.accepted(
            context.messageId(),
            context.submissionId(),
            context.tenant(),
            context.apiKeyId(),
            Mode.TEST,
            Lane.TRANSACTIONAL,
            context.acceptedAt()),
        live.fingerprint(),
        false,
        live.limits(),
        live.mail());
  }
}
