package io.tallypost.delivery.smtp;

import io.opentelemetry.api.trace.Span;
import io.tallypost.delivery.smtp.Conversation.Failure;
import io.tallypost.events.EmailAddress;
import io.tallypost.events.SmtpReply;
import io.tallypost.relays.RelaySecurity;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.URLName;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.smtp.SMTPTransport;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a relay. Angus Mail sets it up (greeting, STARTTLS, AUTH) and frames the
 * message; MAIL, RCPT and DATA are said here, because {@code sendMessage} does not tell what was
 * said to whom, nor whether a failure came before the final dot or after it.
 */
final class SmtpTransport extends SMTPTransport {
  private final RelaySettings relay;
  private final SSLSocketFactory tls;
  private final HostLookup lookup;
  private final Socket socket = new Socket();
  private Stopwatch stopwatch = new Stopwatch();
  private SmtpStage stage = SmtpStage.CONNECT;

  /**
   * Connects to nothing yet.
   *
   * @param session what {@link #session} has made for this relay
   */
  SmtpTransport(RelaySettings relay, SSLSocketFactory tls, HostLookup lookup, Session session) {
    super(
        session,
        new URLName(
            "smtp",
            relay.host(),
            relay.port(),
            null,
            relay.hasLogin() ? relay.user() : null,
            relay.hasLogin() ? relay.password() : null));
    this.relay = relay;
    this.tls = tls;
    this.lookup = lookup;
  }

  /**
   * The mail library's settings for a relay. To be made once: it searches the class path, which
   * costs as much as several mails.
   */
  static Session session(RelaySettings relay, SSLSocketFactory tls) {
    return Session.getInstance(properties(relay, tls));
  }

  private static Properties properties(RelaySettings relay, SSLSocketFactory tls) {
    boolean startTls = relay.security() == RelaySecurity.STARTTLS;
    var properties = new Properties();
    properties.put("mail.smtp.starttls.enable", Boolean.toString(startTls));
    // Without it a stripped offer goes on in clear, AUTH included.
    properties.put("mail.smtp.starttls.required", Boolean.toString(startTls));
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    properties.put("mail.smtp.ssl.socketFactory", tls);
    properties.put("mail.smtp.auth", Boolean.toString(relay.hasLogin()));
    properties.put("mail.smtp.auth.mechanisms", "PLAIN LOGIN");
    properties.put("mail.smtp.quitwait", "false");
    if (!relay.ehloName().isBlank()) {
      properties.put("mail.smtp.localhost", relay.ehloName());
    }
    return properties;
  }

  /**
   * Opens the connection, up to and with AUTH.
   *
   * @return why it could not be opened; null if it is open
   */
  @Nullable Conversation open(SendGuard guard) {
    try {
      guard.watch(socket);
      connect(connectedSocket());
      stopwatch.lap(SmtpStage.AUTH);
      reached("smtp.session_open");
      if (relay.hasLogin() && !supportsExtension("AUTH")) {
        return failed(SmtpStage.AUTH, new Failure("the relay does not offer AUTH", true), Map.of());
      }
      return null;
    } catch (AuthenticationFailedException e) {
      stage = SmtpStage.AUTH;
      return ended(e, guard, Map.of());
    } catch (MessagingException | IOException e) {
      return ended(e, guard, Map.of());
    }
  }

  private Socket connectedSocket() throws IOException {
    int timeout = Math.toIntExact(relay.connectTimeout().toMillis());
    socket.connect(new InetSocketAddress(address(), relay.port()), timeout);
    socket.setTcpNoDelay(true);
    reached("smtp.connected");
    stage = SmtpStage.GREETING;
    if (relay.security() != RelaySecurity.TLS) {
      return socket;
    }
    stage = SmtpStage.TLS;
    stopwatch.lap(SmtpStage.CONNECT);
    var secured = (SSLSocket) tls.createSocket(socket, relay.host(), relay.port(), true);
    SSLParameters parameters = secured.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    stopwatch.lap(SmtpStage.TLS);
    reached("smtp.tls");
    stage = SmtpStage.GREETING;
    return secured;
  }

  /** The address under the configured name, or Angus asks the DNS whom the certificate is for. */
  private InetAddress address() throws IOException {
    return InetAddress.getByAddress(relay.host(), lookup.find(relay.host()).getAddress());
  }

  @Override
  protected void startTLS() throws MessagingException {
    stage = SmtpStage.TLS;
    super.startTLS();
    stopwatch.lap(SmtpStage.TLS);
    reached("smtp.tls");
    stage = SmtpStage.GREETING;
  }

  @Override
  protected boolean ehlo(String domain) throws MessagingException {
    boolean offered = super.ehlo(domain);
    stopwatch.lap(SmtpStage.CONNECT);
    return offered;
  }

  /** How long each part of opening the connection took, or of the last conversation. */
  Stopwatch stopwatch() {
    return stopwatch;
  }

  /** Hands one message over on the open connection. */
  synchronized Conversation converse(Envelope envelope, byte[] message, SendGuard guard) {
    Map<EmailAddress, SmtpReply> replies = new LinkedHashMap<>();
    stopwatch = new Stopwatch();
    stage = SmtpStage.MAIL;
    try {
      String size = supportsExtension("SIZE") ? " SIZE=" + message.length : "";
      SmtpReply answer = say("MAIL FROM:<" + envelope.from().value() + ">" + size);
      reached("smtp.mail");
      if (answer.code() / 100 != 2) {
        return answered(answer, replies);
      }
      enter(SmtpStage.RCPT);
      boolean accepted = false;
      for (EmailAddress recipient : envelope.recipients()) {
        answer = say("RCPT TO:<" + recipient.value() + ">");
        if (answer.code() == 421) {
          return answered(answer, replies);
        }
        replies.put(recipient, answer);
        accepted |= answer.code() / 100 == 2;
      }
      reached("smtp.rcpt");
      if (!accepted) {
        return answered(answer, replies);
      }
      enter(SmtpStage.DATA);
      if (!guard.beginData()) {
        return failed(stage, new Failure("broken off", false), replies);
      }
      OutputStream body = data();
      body.write(message);
      reached("smtp.data");
      enter(SmtpStage.DOT);
      guard.deadline(relay.replyTimeout());
      finishData();
      reached("smtp.reply");
      return answered(lastReply(), replies);
    } catch (MessagingException | IOException e) {
      return ended(e, guard, replies);
    }
  }

  /** The TCP connection under all: closing it ends whatever is going on. */
  Socket socket() {
    return socket;
  }

  /** Takes leave, and does not wait for the answer. */
  void quit() {
    try {
      close();
      socket.close();
    } catch (MessagingException | IOException e) {
      // The relay is gone already, which is what was wanted.
    }
  }

  /** Says something harmless and hears whether the relay is still there. */
  synchronized boolean answersTo(String command) {
    try {
      return simpleCommand(command) / 100 == 2;
    } catch (MessagingException e) {
      return false;
    }
  }

  /** Notes the time in the span of the attempt, if this one is recorded. */
  private static void reached(String point) {
    Span.current().addEvent(point);
  }

  private void enter(SmtpStage next) {
    stopwatch.lap(stage);
    stage = next;
  }

  private SmtpReply say(String command) throws MessagingException {
    simpleCommand(command);
    return lastReply();
  }

  private SmtpReply lastReply() throws MessagingException {
    return SmtpReplies.parse(getLastServerResponse())
        .orElseThrow(() -> new MessagingException("the relay closed the connection"));
  }

  /** What the relay said if the failure is its reply, else what happened to the connection. */
  private Conversation ended(
      Exception failure, SendGuard guard, Map<EmailAddress, SmtpReply> replies) {
    boolean network = causedBy(failure, IOException.class);
    if (!network && !guard.hasExpired()) {
      var reply = SmtpReplies.parse(getLastServerResponse());
      // A refused STARTTLS, or none offered, follows a positive reply to EHLO.
      if (reply.isPresent() && reply.get().code() / 100 >= 4) {
        return answered(reply.get(), replies);
      }
      boolean offersNothing = stage.compareTo(SmtpStage.MAIL) < 0 && reply.isPresent();
      return failed(stage, new Failure(text(failure, guard), offersNothing), replies);
    }
    return failed(stage, new Failure(text(failure, guard), isDistrusted(failure)), replies);
  }

  private String text(Exception failure, SendGuard guard) {
    if (guard.hasExpired()) {
      return "no answer in time, at " + stage;
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return "connection failed at %s: %s"
        .formatted(stage, message == null ? cause.getClass().getSimpleName() : message.strip());
  }

  private static boolean isDistrusted(Exception failure) {
    return causedBy(failure, CertificateException.class)
        || causedBy(failure, HostLookup.InternalAddressException.class)
        || causedBy(failure, SSLPeerUnverifiedException.class);
  }

  private static boolean causedBy(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private Conversation answered(SmtpReply reply, Map<EmailAddress, SmtpReply> replies) {
    stopwatch.lap(stage);
    return Conversation.answered(stage, replies, reply);
  }

  private Conversation failed(
      SmtpStage stage, Failure failure, Map<EmailAddress, SmtpReply> replies) {
    stopwatch.lap(stage);
    return Conversation.failed(stage, replies, failure);
  }
}
