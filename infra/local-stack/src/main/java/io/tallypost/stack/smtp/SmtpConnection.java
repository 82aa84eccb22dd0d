package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.wire.Closing;
import io.tallypost.stack.smtp.wire.SmtpWire;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** One conversation with a client. */
final class SmtpConnection {

  private static final Duration READ_TIMEOUT = Duration.ofMinutes(5);

  /** The commands that others may follow in a group (RFC 2920 section 3.1). */
  private static final Set<String> IN_A_GROUP = Set.of("MAIL", "RCPT", "RSET");

  private final SmtpSink sink;
  private final SinkSettings settings;
  private final SmtpSession session;
  private final SmtpWire wire;
  private final SmtpActor actor;
  private final SmtpLogin login;
  private final SmtpEnvelope envelope;

  SmtpConnection(SmtpSink sink, Socket accepted, long number) throws IOException {
    this.sink = sink;
    this.settings = sink.settings();
    this.session = new SmtpSession(number, settings.access().implicitTls());
    this.wire = new SmtpWire(accepted, sink.gate());
    this.actor = new SmtpActor(sink, wire, session);
    this.envelope = new SmtpEnvelope(sink, session, wire, actor);
    this.login =
        new SmtpLogin(
            settings.access().users(), settings.offer().mechanisms(), number, this::challenge);
  }

  /** Talks until the end of the connection. */
  void run(boolean overLimit) {
    try {
      wire.patience(READ_TIMEOUT);
      if (settings.access().implicitTls()) {
        secure();
      }
      if (overLimit) {
        actor.answer(new SmtpStage.OverLimit(session), 421, "4.7.0 too many connections");
        throw wire.end(Closing.CLOSE);
      }
      actor.answer(new SmtpStage.Banner(session), 220, Extensions.NAME + " ESMTP");
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
      case "MAIL" -> envelope.mail(argument);
      case "RCPT" -> envelope.recipient(argument);
      case "DATA" -> envelope.data(READ_TIMEOUT);
      case "RSET" -> {
        session.reset();
        actor.answer(new SmtpStage.Rset(session), 250, "2.0.0 forgotten");
      }
      case "NOOP" -> actor.answer(new SmtpStage.Noop(session), 250, "2.0.0 still here");
      case "VRFY" -> actor.reply(252, "2.5.0 send it and see");
      case "QUIT" -> {
        actor.answer(new SmtpStage.Quit(session), 221, "2.0.0 goodbye");
        throw wire.end(Closing.CLOSE);
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
    Said said = actor.answer(stage, 250, greeting.toArray(String[]::new));
    if (said.positive()) {
      session.greet(extended && said.offers("PIPELINING"));
    }
  }

  private void startTls() throws IOException {
    if (settings.access().tls() == null || session.tls()) {
      actor.reply(502, "5.5.1 not offered");
      return;
    }
    if (actor.answer(new SmtpStage.StartTls(session), 220, "2.0.0 go ahead").positive()) {
      wire.writer().flush();
      secure();
      session.secure();
    }
  }

  private void secure() throws IOException {
    SSLContext certificate = settings.access().tls();
    if (certificate == null) {
      throw new IllegalStateException("no certificate");
    }
    wire.secure(certificate);
  }

  private void auth(String argument) throws IOException {
    String[] words = argument.split(" ", 2);
    if (settings.access().users().isEmpty() || session.user().isPresent()) {
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
            ? actor.answer(stage, 235, "2.7.0 welcome")
            : actor.answer(stage, 535, "5.7.8 wrong credentials");
    if (said.positive()) {
      session.authenticate(shown.user());
    }
  }

  private String challenge(String text) throws IOException {
    actor.reply(334, text);
    wire.writer().flush();
    return wire.reader().line();
  }

  private void flushUnlessMoreIsHere() throws IOException {
    if (!wire.reader().hasMore()) {
      wire.writer().flush();
    }
  }
}
