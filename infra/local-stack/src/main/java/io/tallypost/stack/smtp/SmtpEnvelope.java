package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.inbox.ReceivedMail;
import io.tallypost.stack.smtp.wire.SmtpReader;
import io.tallypost.stack.smtp.wire.SmtpWire;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** MAIL, RCPT and DATA: how one mail after the other comes in over a connection. */
final class SmtpEnvelope {

  private static final int MAX_RECIPIENTS = 1_000;

  private final SmtpSink sink;
  private final SinkSettings settings;
  private final SmtpSession session;
  private final SmtpWire wire;
  private final SmtpActor actor;

  SmtpEnvelope(SmtpSink sink, SmtpSession session, SmtpWire wire, SmtpActor actor) {
    this.sink = sink;
    this.settings = sink.settings();
    this.session = session;
    this.wire = wire;
    this.actor = actor;
  }

  void mail(String argument) throws IOException {
    Optional<SmtpPath> path = SmtpPath.parse(argument, "FROM:");
    if (!session.greeted() || session.mailFrom().isPresent()) {
      actor.reply(503, "5.5.1 not now");
    } else if (!settings.access().users().isEmpty() && session.user().isEmpty()) {
      actor.reply(530, "5.7.0 authenticate first");
    } else if (path.isEmpty()) {
      actor.reply(501, "5.1.7 MAIL FROM:<address>");
    } else if (path.get().announcedSize() > settings.limits().messageBytes()) {
      actor.reply(552, "5.3.4 too large");
    } else {
      String address = path.get().address();
      if (actor
          .answer(new SmtpStage.MailFrom(session, address), 250, "2.1.0 sender ok")
          .positive()) {
        session.mailFrom(address, path.get().each());
      }
    }
  }

  void recipient(String argument) throws IOException {
    Optional<SmtpPath> path = SmtpPath.parse(argument, "TO:");
    if (session.mailFrom().isEmpty()) {
      actor.reply(503, "5.5.1 MAIL first");
    } else if (path.isEmpty() || path.get().address().isEmpty()) {
      actor.reply(501, "5.1.3 RCPT TO:<address>");
    } else if (session.recipients().size() >= MAX_RECIPIENTS) {
      actor.reply(452, "4.5.3 too many recipients");
    } else {
      String address = path.get().address();
      session.recipientTried(address);
      SmtpStage stage = new SmtpStage.Recipient(session, address);
      if (actor.answer(stage, 250, "2.1.5 recipient ok").positive()) {
        session.recipient(address);
      }
    }
  }

  void data(Duration readTimeout) throws IOException {
    if (session.mailFrom().isEmpty()) {
      actor.reply(503, "5.5.1 MAIL first");
      return;
    }
    SmtpStage stage = new SmtpStage.Data(session);
    Said said =
        session.recipients().isEmpty()
            ? actor.answer(stage, 503, "5.5.1 RCPT first")
            : actor.answer(stage, 354, "end with a lone dot");
    if (!said.intermediate()) {
      return;
    }
    wire.writer().flush();
    wire.patience(readTimeout);
    int keep = Math.min(settings.memory().bytesPerMail(), settings.limits().messageBytes());
    SmtpReader.Body body = wire.reader().message(keep);
    session.commandMayBeFollowed(true);
    if (body.size() > settings.limits().messageBytes()) {
      actor.reply(552, "5.3.4 too large");
    } else {
      finish(body);
    }
    session.reset();
  }

  private void finish(SmtpReader.Body body) throws IOException {
    ReceivedMail mail =
        new ReceivedMail(
            Instant.now(),
            session.mailFrom().orElse(""),
            session.recipients(),
            body.kept(),
            body.size(),
            session.transaction(),
            false);
    SmtpStage.FinalDot dot = new SmtpStage.FinalDot(session, mail);
    SmtpAnswer answer = sink.script().answer(dot);
    SmtpAnswer.Reply standard = new SmtpAnswer.Reply(250, List.of("2.0.0 received"));
    Said said = Said.by(answer, standard);
    // Kept before the reply is written: who has read the 250 finds the mail in the inbox.
    long id = sink.inbox().add(mail.acknowledged(said.positive()));
    boolean written = false;
    try {
      actor.act(answer, standard);
      wire.writer().flush();
      written = true;
      if (said.positive()) {
        session.messageAccepted();
      }
      sink.script().answered(dot, said.code());
    } finally {
      if (!written) {
        sink.inbox().notAcknowledged(id);
      }
    }
  }
}
