package io.tallypost.stack.smtp;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** One conversation with a client. */
final class SmtpConnection {

  private static final int MAX_RECIPIENTS = 1_000;
  private static final Duration READ_TIMEOUT = Duration.ofMinutes(5);

  /** The commands that others may follow in a group (RFC 2920 section 3.1). */
  private static final Set<String> IN_A_GROUP = Set.of("MAIL", "RCPT", "RSET");

  private final SmtpSink sink;
  private final SinkSettings settings;
  private final SmtpSession session;
  private final SmtpWire wire;
  private final SmtpActor actor;
  private final SmtpLogin login;

  SmtpConnection(SmtpSink sink, Socket accepted, long number) throws IOException {
    this.sink = sink;
    this.settings = sink.settings();
    this.session = new SmtpSession(number, settings.implicitTls());
    this.wire = new SmtpWire(accepted, sink.gate());
    this.actor = new SmtpActor(wire, session, sink.endlessCounter());
    this.login =
        new SmtpLogin(settings.users(), settings.offer().mechanisms(), number, this::challenge);
  }

  /** Talks until the end of the connection. */
  void run(boolean overLimit) {
    try {
      wire.patience(READ_TIMEOUT);
      if (settings.implicitTls()) {
        secure();
      }
      if (overLimit) {
        answer(new SmtpStage.OverLimit(session), 421, "4.7.0 too many connections");
        throw wire.end(SmtpAnswer.Ending.How.CLOSE);
      }
      answer(new SmtpStage.Banner(session), 220, Extensions.NAME + " ESMTP");
      while (true) {
        flushUnlessMoreIsHere();
        command(nextLine());
      }
    } catch (IOException ended) {
      // The client left, or the script or the sink has closed the connection: all are ways for it
      // to end.
    } finally {
      close();
    }
  }

  void close() {
    wire.close();
  }

  private String nextLine() throws IOException {
    Duration idle = settings.limits().idle();
    if (idle == null) {
      return wire.reader().line();
    }
    boolean betweenMails = session.greeted() && session.mailFrom().isEmpty();
    wire.patience(betweenMails ? idle : READ_TIMEOUT);
    while (true) {
      try {
        return wire.reader().line();
      } catch (SocketTimeoutException silence) {
        if (!betweenMails) {
          throw silence;
        }
        idle();
        wire.writer().flush();
      }
    }
  }

  private void idle() throws IOException {
    SmtpAnswer.Reply standard =
        new SmtpAnswer.Reply(451, List.of("4.4.2 Timeout waiting for data from client"));
    SmtpAnswer answer = sink.script().answer(new SmtpStage.Idle(session));
    actor.act(answer instanceof SmtpAnswer.Accept ? standard.thenClose() : answer, standard);
  }

  private void command(String line) throws IOException {
    int space = line.indexOf(' ');
    String verb = (space < 0 ? line : line.substring(0, space)).toUpperCase(Locale.ROOT);
    String argument = space < 0 ? "" : line.substring(space + 1).strip();
    session.commandMayBeFollowed(IN_A_GROUP.contains(verb));
    if (line.getBytes(StandardCharsets.UTF_8).length + 2 > settings.limits().commandLine()) {
      actor.reply(500, "5.5.2 line too long");
      return;
    }
    switch (verb) {
      case "EHLO" -> hello(argument, true);
      case "HELO" -> hello(argument, false);
      case "STARTTLS" -> startTls();
      case "AUTH" -> auth(argument);
      case "MAIL" -> mail(argument);
      case "RCPT" -> recipient(argument);
      case "DATA" -> data();
      case "RSET" -> {
        session.reset();
        answer(new SmtpStage.Rset(session), 250, "2.0.0 forgotten");
      }
      case "NOOP" -> answer(new SmtpStage.Noop(session), 250, "2.0.0 still here");
      case "VRFY" -> actor.reply(252, "2.5.0 send it and see");
      case "QUIT" -> {
        answer(new SmtpStage.Quit(session), 221, "2.0.0 goodbye");
        throw wire.end(SmtpAnswer.Ending.How.CLOSE);
      }
      default -> actor.reply(500, "5.5.2 command unknown");
    }
  }

  private void hello(String name, boolean extended) throws IOException {
    if (name.isEmpty()) {
      actor.reply(501, "5.5.4 say who you are");
      return;
    }
    SmtpStage stage = new SmtpStage.Hello(session, name, extended);
    List<String> greeting =
        extended ? Extensions.greeting(settings, session.tls()) : List.of(Extensions.NAME);
    Said said = answer(stage, 250, greeting.toArray(String[]::new));
    if (said.positive()) {
      session.greet(extended && said.offers("PIPELINING"));
    }
  }

  private void startTls() throws IOException {
    if (settings.tls() == null || session.tls()) {
      actor.reply(502, "5.5.1 not offered");
      return;
    }
    if (answer(new SmtpStage.StartTls(session), 220, "2.0.0 go ahead").positive()) {
      wire.writer().flush();
      secure();
      session.secure();
    }
  }

  private void secure() throws IOException {
    SSLContext certificate = settings.tls();
    if (certificate == null) {
      throw new IllegalStateException("no certificate");
    }
    wire.secure(certificate);
  }

  private void auth(String argument) throws IOException {
    String[] words = argument.split(" ", 2);
    if (settings.users().isEmpty() || session.user().isPresent()) {
      actor.reply(503, "5.5.1 not now");
    } else if (!login.knows(words[0])) {
      actor.reply(504, "5.5.4 no such mechanism");
    } else {
      Optional<SmtpLogin.Shown> shown = login.attempt(words[0], words.length > 1 ? words[1] : null);
      if (shown.isEmpty()) {
        actor.reply(501, "5.5.2 cannot read these credentials");
      } else {
        judge(shown.get());
      }
    }
  }

  private void judge(SmtpLogin.Shown shown) throws IOException {
    SmtpStage stage = new SmtpStage.Auth(session, shown.user(), shown.valid());
    Said said =
        shown.valid()
            ? answer(stage, 235, "2.7.0 welcome")
            : answer(stage, 535, "5.7.8 wrong credentials");
    if (said.positive()) {
      session.authenticate(shown.user());
    }
  }

  private String challenge(String text) throws IOException {
    actor.reply(334, text);
    wire.writer().flush();
    return wire.reader().line();
  }

  private void mail(String argument) throws IOException {
    Optional<SmtpPath> path = SmtpPath.parse(argument, "FROM:");
    if (!session.greeted() || session.mailFrom().isPresent()) {
      actor.reply(503, "5.5.1 not now");
    } else if (!settings.users().isEmpty() && session.user().isEmpty()) {
      actor.reply(530, "5.7.0 authenticate first");
    } else if (path.isEmpty()) {
      actor.reply(501, "5.1.7 MAIL FROM:<address>");
    } else if (path.get().announcedSize() > settings.limits().messageBytes()) {
      actor.reply(552, "5.3.4 too large");
    } else {
      String address = path.get().address();
      if (answer(new SmtpStage.MailFrom(session, address), 250, "2.1.0 sender ok").positive()) {
        session.mailFrom(address, path.get().each());
      }
    }
  }

  private void recipient(String argument) throws IOException {
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
      if (answer(stage, 250, "2.1.5 recipient ok").positive()) {
        session.recipient(address);
      }
    }
  }

  private void data() throws IOException {
    if (session.mailFrom().isEmpty()) {
      actor.reply(503, "5.5.1 MAIL first");
      return;
    }
    SmtpStage stage = new SmtpStage.Data(session);
    Said said =
        session.recipients().isEmpty()
            ? answer(stage, 503, "5.5.1 RCPT first")
            : answer(stage, 354, "end with a lone dot");
    if (!said.intermediate()) {
      return;
    }
    wire.writer().flush();
    wire.patience(READ_TIMEOUT);
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

  private Said answer(SmtpStage stage, int code, String... lines) throws IOException {
    SmtpAnswer.Reply standard = new SmtpAnswer.Reply(code, Arrays.asList(lines));
    SmtpAnswer answer = sink.script().answer(stage);
    actor.act(answer, standard);
    return Said.by(answer, standard);
  }

  private void flushUnlessMoreIsHere() throws IOException {
    if (!wire.reader().hasMore()) {
      wire.writer().flush();
    }
  }
}
