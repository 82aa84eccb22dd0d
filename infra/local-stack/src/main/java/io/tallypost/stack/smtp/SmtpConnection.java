package io.tallypost.stack.smtp;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One conversation with a client. */
final class SmtpConnection {

  private static final int MAX_RECIPIENTS = 1_000;
  private static final int READ_TIMEOUT_MILLIS = (int) Duration.ofMinutes(5).toMillis();

  private final SmtpSink sink;
  private final SinkSettings settings;
  private final SmtpSession session;
  private final Socket accepted;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Socket socket;
  private SmtpReader reader;
  private SmtpWriter writer;

  SmtpConnection(SmtpSink sink, Socket accepted, long number) throws IOException {
    this.sink = sink;
    this.settings = sink.settings();
    this.session = new SmtpSession(number, settings.implicitTls());
    this.accepted = accepted;
    this.socket = accepted;
    this.reader = new SmtpReader(accepted.getInputStream());
    this.writer = new SmtpWriter(accepted.getOutputStream(), this::pause);
  }

  /** The conversation has ended, by whatever side: there is nothing left to answer. */
  private static final class Ended extends IOException {
    private static final long serialVersionUID = 1L;
  }

  void run() {
    try {
      accepted.setTcpNoDelay(true);
      accepted.setSoTimeout(READ_TIMEOUT_MILLIS);
      if (settings.implicitTls()) {
        secure();
      }
      answer(new SmtpStage.Banner(session), 220, "sink.tallypost.test ESMTP");
      while (true) {
        flushUnlessMoreIsHere();
        command(reader.line());
      }
    } catch (IOException ended) {
      // The client left, or the script or the sink has closed the connection: all are ways for it
      // to end.
    } finally {
      close();
    }
  }

  void close() {
    closed.countDown();
    try {
      socket.close();
      accepted.close();
    } catch (IOException alreadyBroken) {
      // Nothing is left to be closed.
    }
  }

  private void command(String line) throws IOException {
    int space = line.indexOf(' ');
    String verb = (space < 0 ? line : line.substring(0, space)).toUpperCase(Locale.ROOT);
    String argument = space < 0 ? "" : line.substring(space + 1).strip();
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
        reply(250, "2.0.0 forgotten");
      }
      case "NOOP" -> reply(250, "2.0.0 still here");
      case "VRFY" -> reply(252, "2.5.0 send it and see");
      case "QUIT" -> {
        reply(221, "2.0.0 goodbye");
        end();
      }
      default -> reply(500, "5.5.2 command unknown");
    }
  }

  private void hello(String name, boolean extended) throws IOException {
    if (name.isEmpty()) {
      reply(501, "5.5.4 say who you are");
      return;
    }
    session.greet();
    answer(new SmtpStage.Hello(session, name, extended), 250, greeting(extended));
  }

  private String[] greeting(boolean extended) {
    List<String> lines = new ArrayList<>(List.of("sink.tallypost.test"));
    if (extended) {
      lines.addAll(List.of("PIPELINING", "SIZE " + settings.maxMessageBytes(), "8BITMIME"));
      lines.addAll(List.of("SMTPUTF8", "ENHANCEDSTATUSCODES"));
      if (settings.tls() != null && !session.tls()) {
        lines.add("STARTTLS");
      }
      if (!settings.users().isEmpty()) {
        lines.add("AUTH PLAIN LOGIN");
      }
    }
    return lines.toArray(String[]::new);
  }

  private void startTls() throws IOException {
    if (settings.tls() == null || session.tls()) {
      reply(502, "5.5.1 not offered");
      return;
    }
    if (positive(answer(new SmtpStage.StartTls(session), 220, "2.0.0 go ahead"))) {
      writer.flush();
      secure();
      session.secure();
    }
  }

  /**
   * What came in clear behind STARTTLS is dropped with its reader: it is nobody's word (RFC 3207
   * section 6).
   */
  private void secure() throws IOException {
    SSLContext certificate = settings.tls();
    if (certificate == null) {
      throw new IllegalStateException("no certificate");
    }
    SSLSocket secured =
        (SSLSocket) certificate.getSocketFactory().createSocket(accepted, null, true);
    socket = secured;
    secured.startHandshake();
    reader = new SmtpReader(secured.getInputStream());
    writer = new SmtpWriter(secured.getOutputStream(), this::pause);
  }

  private void auth(String argument) throws IOException {
    if (settings.users().isEmpty() || session.user().isPresent()) {
      reply(503, "5.5.1 not now");
      return;
    }
    String[] words = argument.split(" ", 2);
    Optional<String[]> credentials =
        switch (words[0].toUpperCase(Locale.ROOT)) {
          case "PLAIN" -> plain(words.length > 1 ? words[1] : challenge(""));
          case "LOGIN" ->
              login(
                  words.length > 1 ? words[1] : challenge("VXNlcm5hbWU6"),
                  challenge("UGFzc3dvcmQ6"));
          default -> Optional.empty();
        };
    if (credentials.isEmpty()) {
      reply(501, "5.5.2 cannot read these credentials");
      return;
    }
    String user = credentials.get()[0];
    boolean valid = credentials.get()[1].equals(settings.users().get(user));
    SmtpStage stage = new SmtpStage.Auth(session, user, valid);
    int code =
        valid ? answer(stage, 235, "2.7.0 welcome") : answer(stage, 535, "5.7.8 wrong credentials");
    if (positive(code)) {
      session.authenticate(user);
    }
  }

  private String challenge(String text) throws IOException {
    reply(334, text);
    writer.flush();
    return reader.line();
  }

  /** RFC 4616: authorization identity, NUL, user, NUL, password. */
  private static Optional<String[]> plain(String encoded) {
    return decode(encoded)
        .map(text -> text.split("\0", -1))
        .filter(parts -> parts.length == 3)
        .map(parts -> new String[] {parts[1], parts[2]});
  }

  private static Optional<String[]> login(String user, String password) {
    return decode(user)
        .flatMap(name -> decode(password).map(secret -> new String[] {name, secret}));
  }

  private static Optional<String> decode(String encoded) {
    try {
      return Optional.of(new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private void mail(String argument) throws IOException {
    Optional<SmtpPath> path = SmtpPath.parse(argument, "FROM:");
    if (!session.greeted() || session.mailFrom().isPresent()) {
      reply(503, "5.5.1 not now");
    } else if (!settings.users().isEmpty() && session.user().isEmpty()) {
      reply(530, "5.7.0 authenticate first");
    } else if (path.isEmpty()) {
      reply(501, "5.1.7 MAIL FROM:<address>");
    } else if (path.get().announcedSize() > settings.maxMessageBytes()) {
      reply(552, "5.3.4 too large");
    } else {
      String address = path.get().address();
      if (positive(answer(new SmtpStage.MailFrom(session, address), 250, "2.1.0 sender ok"))) {
        session.mailFrom(address);
      }
    }
  }

  private void recipient(String argument) throws IOException {
    Optional<SmtpPath> path = SmtpPath.parse(argument, "TO:");
    if (session.mailFrom().isEmpty()) {
      reply(503, "5.5.1 MAIL first");
    } else if (path.isEmpty() || path.get().address().isEmpty()) {
      reply(501, "5.1.3 RCPT TO:<address>");
    } else if (session.recipients().size() >= MAX_RECIPIENTS) {
      reply(452, "4.5.3 too many recipients");
    } else {
      String address = path.get().address();
      if (positive(answer(new SmtpStage.Recipient(session, address), 250, "2.1.5 recipient ok"))) {
        session.recipient(address);
      }
    }
  }

  private void data() throws IOException {
    if (session.recipients().isEmpty()) {
      reply(503, "5.5.1 RCPT first");
      return;
    }
    if (answer(new SmtpStage.Data(session), 354, "end with a lone dot") != 354) {
      return;
    }
    writer.flush();
    Optional<byte[]> message = reader.message(settings.maxMessageBytes());
    if (message.isEmpty()) {
      reply(552, "5.3.4 too large");
    } else {
      finish(message.get());
    }
    session.reset();
  }

  private void finish(byte[] message) throws IOException {
    ReceivedMail mail =
        new ReceivedMail(
            Instant.now(), session.mailFrom().orElse(""), session.recipients(), message, false);
    SmtpStage.FinalDot dot = new SmtpStage.FinalDot(session, mail);
    SmtpAnswer answer = sink.script().answer(dot);
    SmtpAnswer.Reply standard = new SmtpAnswer.Reply(250, List.of("2.0.0 received"));
    // Kept before the reply is written: who has read the 250 finds the mail in the inbox.
    long id = sink.inbox().add(mail.acknowledged(positive(code(answer, standard))));
    boolean written = false;
    try {
      int code = act(answer, standard, Duration.ZERO);
      writer.flush();
      written = true;
      if (positive(code)) {
        session.messageAccepted();
      }
      sink.script().answered(dot, code);
    } finally {
      if (!written) {
        sink.inbox().notAcknowledged(id);
      }
    }
  }

  private int answer(SmtpStage stage, int code, String... lines) throws IOException {
    SmtpAnswer.Reply standard = new SmtpAnswer.Reply(code, Arrays.asList(lines));
    return act(sink.script().answer(stage), standard, Duration.ZERO);
  }

  private void reply(int code, String line) throws IOException {
    writer.write(code, List.of(line), Duration.ZERO);
  }

  /** Does what the script wants; the code that was written. */
  private int act(SmtpAnswer answer, SmtpAnswer.Reply standard, Duration perByte)
      throws IOException {
    return switch (answer) {
      case SmtpAnswer.Accept() -> act(standard, standard, perByte);
      case SmtpAnswer.Reply(int code, List<String> lines) -> {
        writer.write(code, lines, perByte);
        yield code;
      }
      case SmtpAnswer.Delayed(Duration delay, SmtpAnswer then) -> {
        writer.flush();
        pause(delay);
        yield act(then, standard, perByte);
      }
      case SmtpAnswer.Dripping(Duration pause, SmtpAnswer then) -> act(then, standard, pause);
      case SmtpAnswer.Closing(SmtpAnswer then) -> {
        act(then, standard, perByte);
        throw end();
      }
      case SmtpAnswer.Close() -> throw end();
      case SmtpAnswer.Reset() -> {
        accepted.setSoLinger(true, 0);
        accepted.close();
        throw new Ended();
      }
      case SmtpAnswer.Mute() -> {
        reader.drain();
        throw new Ended();
      }
      case SmtpAnswer.Deaf() -> {
        pause(Duration.ofDays(1));
        throw new Ended();
      }
    };
  }

  /** The code that an answer will write, 0 when it writes none. */
  private static int code(SmtpAnswer answer, SmtpAnswer.Reply standard) {
    return switch (answer) {
      case SmtpAnswer.Accept() -> standard.code();
      case SmtpAnswer.Reply(int code, var lines) -> code;
      case SmtpAnswer.Delayed(var delay, SmtpAnswer then) -> code(then, standard);
      case SmtpAnswer.Dripping(var pause, SmtpAnswer then) -> code(then, standard);
      case SmtpAnswer.Closing(SmtpAnswer then) -> code(then, standard);
      case SmtpAnswer.Close() -> 0;
      case SmtpAnswer.Reset() -> 0;
      case SmtpAnswer.Mute() -> 0;
      case SmtpAnswer.Deaf() -> 0;
    };
  }

  private static boolean positive(int code) {
    return code >= 200 && code < 300;
  }

  private Ended end() throws IOException {
    writer.flush();
    throw new Ended();
  }

  private void flushUnlessMoreIsHere() throws IOException {
    if (!reader.hasMore()) {
      writer.flush();
    }
  }

  private void pause(Duration time) throws IOException {
    try {
      if (closed.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Ended();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Ended();
    }
  }
}
