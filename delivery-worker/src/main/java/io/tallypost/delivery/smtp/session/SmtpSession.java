package io.tallypost.delivery.smtp.session;

import io.opentelemetry.api.trace.Span;
import io.tallypost.delivery.smtp.session.Conversation.Failure;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.delivery.smtp.wire.ReplyReader;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.delivery.smtp.wire.SmtpConnection;
import io.tallypost.mail.SmtpReply;
import io.tallypost.relays.RelaySecurity;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a relay that is ready for mail: greeted, encrypted and logged in by the relay's
 * settings. Trouble is a {@link Conversation}, not an exception.
 */
public final class SmtpSession {
  private final RelaySettings relay;
  private final SSLSocketFactory tls;
  private final HostLookup lookup;
  private final AddressOrder order;
  private @Nullable SmtpConnection connection;
  private Capabilities capabilities = Capabilities.NONE;
  private Stopwatch stopwatch = new Stopwatch();
  private SmtpStage stage = SmtpStage.CONNECT;

  /** Does not connect yet. */
  public SmtpSession(
      RelaySettings relay, SSLSocketFactory tls, HostLookup lookup, AddressOrder order) {
    this.relay = relay;
    this.tls = tls;
    this.lookup = lookup;
    this.order = order;
  }

  /**
   * Opens the connection, up to and including AUTH. An address of the relay's name that accepts the
   * connection and fails before AUTH is passed over, as one that does not accept it (RFC 5321,
   * section 5.1).
   *
   * @return why it could not be opened; null if it is open
   */
  public @Nullable Conversation open(SendGuard guard) {
    try {
      guard.total(relay.timeouts().connectAll(), relay.timeouts().stall());
      guard.step(relay.timeouts().connectAll());
      List<InetAddress> left = order.of(lookup.find(relay.host(), relay.port(), guard));
      SmtpConnection opened = connect(left, guard);
      // The time for all addresses that accept a connection.
      guard.total(relay.timeouts().open(), relay.timeouts().stall());
      while (true) {
        Conversation failed = openAt(opened, guard);
        if (failed == null) {
          stopwatch.lap(SmtpStage.AUTH);
          reached("smtp.session_open");
          return null;
        }
        // An address that stands for another one, as 0.0.0.0 does, is not found.
        int at = left.indexOf(opened.address());
        left = at < 0 ? List.of() : left.subList(at + 1, left.size());
        if (stage == SmtpStage.AUTH || left.isEmpty() || !guard.mayGoOn()) {
          return failed;
        }
        opened.quit();
        try {
          opened = connect(left, guard);
        } catch (IOException e) {
          // What an address has said tells more than that others do not answer.
          return failed;
        }
      }
    } catch (IOException e) {
      return failed(e, guard);
    }
  }

  private SmtpConnection connect(List<InetAddress> addresses, SendGuard guard) throws IOException {
    stage = SmtpStage.CONNECT;
    capabilities = Capabilities.NONE;
    SmtpConnection opened =
        SmtpConnection.open(addresses, relay.port(), relay.timeouts(), guard, order::wasSilent);
    connection = opened;
    reached("smtp.connected");
    return opened;
  }

  private @Nullable Conversation openAt(SmtpConnection opened, SendGuard guard) {
    try {
      return open(opened, guard);
    } catch (IOException e) {
      if (guard.hasExpired() || guard.hasStalled()) {
        order.wasSilent(opened.address());
      }
      return failed(e, guard);
    }
  }

  private Conversation failed(IOException failure, SendGuard guard) {
    stopwatch.lap(stage);
    return ConnectionFailures.conversation(stage, Map.of(), failure, guard);
  }

  private @Nullable Conversation open(SmtpConnection opened, SendGuard guard) throws IOException {
    if (relay.security() == RelaySecurity.TLS) {
      encrypt(opened, guard);
    }
    stage = SmtpStage.GREETING;
    step(guard);
    ReplyReader.Read banner = opened.reader().read();
    if (!banner.isPositive()) {
      return answered(banner.reply());
    }
    Conversation failed = greet(opened, guard);
    if (failed == null && relay.security() == RelaySecurity.STARTTLS) {
      failed = startTls(opened, guard);
    }
    return failed == null && relay.hasLogin() ? logIn(opened, guard) : failed;
  }

  private void encrypt(SmtpConnection opened, SendGuard guard) throws IOException {
    stage = SmtpStage.TLS;
    stopwatch.lap(SmtpStage.CONNECT);
    step(guard);
    opened.encrypt(tls, relay.host());
    stopwatch.lap(SmtpStage.TLS);
    reached("smtp.tls");
    stage = SmtpStage.GREETING;
  }

  /** A relay that does not know EHLO gets HELO, and no parameters (RFC 5321, section 3.2). */
  private @Nullable Conversation greet(SmtpConnection opened, SendGuard guard) throws IOException {
    String name = EhloName.of(relay.ehloName(), opened.localAddress());
    step(guard);
    ReplyReader.Read answer = opened.ask("EHLO " + name);
    if (answer.isPositive() && answer.broken() == null) {
      List<String> lines = answer.lines();
      capabilities = Capabilities.of(lines.subList(1, lines.size()));
    } else if (answer.firstDigit() == 5 && answer.broken() == null) {
      if (opened.hasLeftovers()) {
        // They would be taken for the answer to HELO, and that one for the answer to MAIL.
        throw new IOException("the relay answered before it was asked");
      }
      capabilities = Capabilities.NONE;
      step(guard);
      answer = opened.ask("HELO " + name);
    }
    stopwatch.lap(SmtpStage.CONNECT);
    IOException broken = answer.broken();
    if (answer.isPositive() && broken != null) {
      throw broken;
    }
    return answer.isPositive() ? null : answered(answer.reply());
  }

  private @Nullable Conversation startTls(SmtpConnection opened, SendGuard guard)
      throws IOException {
    if (!capabilities.startTls()) {
      return misconfigured(SmtpStage.GREETING, "the relay does not offer STARTTLS");
    }
    stage = SmtpStage.TLS;
    step(guard);
    ReplyReader.Read answer = opened.ask("STARTTLS");
    if (!answer.isPositive()) {
      return answered(answer.reply());
    }
    encrypt(opened, guard);
    return greet(opened, guard);
  }

  private @Nullable Conversation logIn(SmtpConnection opened, SendGuard guard) throws IOException {
    stage = SmtpStage.AUTH;
    step(guard);
    var authentication = new Authentication(opened, relay.user(), relay.password());
    ReplyReader.Read answer = authentication.logIn(capabilities.mechanisms());
    if (answer == null) {
      return misconfigured(
          SmtpStage.AUTH,
          capabilities.auth()
              ? "the relay offers no way to log in that is known here"
              : "the relay does not offer AUTH");
    }
    return answer.isPositive() ? null : answered(answer.reply());
  }

  private void step(SendGuard guard) {
    guard.step(relay.timeouts().open());
  }

  private Conversation answered(SmtpReply reply) {
    stopwatch.lap(stage);
    return Conversation.answered(stage, Map.of(), reply, false);
  }

  private Conversation misconfigured(SmtpStage at, String text) {
    stopwatch.lap(at);
    return Conversation.failed(at, Map.of(), new Failure(text, true));
  }

  /** Notes the time in the span of the attempt, if this one is recorded. */
  static void reached(String point) {
    Span.current().addEvent(point);
  }

  /** What the relay offers. */
  public Capabilities capabilities() {
    return capabilities;
  }

  /**
   * Hands one message over for these recipients; the session must be open. A message that needs
   * SMTPUTF8 is not started if the relay does not offer it (RFC 6531, section 3.2).
   */
  public Conversation converse(
      Envelope envelope, byte[] message, boolean utf8Headers, SendGuard guard) {
    SmtpConnection open = connection;
    if (open == null) {
      throw new IllegalStateException("not connected");
    }
    stopwatch = new Stopwatch();
    if ((utf8Headers || envelope.needsSmtpUtf8()) && !capabilities.smtpUtf8()) {
      // Replies on an earlier connection, perhaps from another host of that name.
      return Conversation.failed(
          SmtpStage.AUTH, Map.of(), new Failure("the relay does not offer SMTPUTF8", false));
    }
    return new Transaction(open, capabilities, relay.timeouts(), guard, stopwatch)
        .run(envelope, message, utf8Headers);
  }

  /** Whether a kept connection can be used again, without asking the relay. */
  public boolean isQuiet() {
    return connection != null && !connection.hasLeftovers();
  }

  /** Sends a harmless command to see whether the relay is still there. */
  public boolean answersTo(String command, SendGuard guard) {
    SmtpConnection open = connection;
    if (open == null) {
      return false;
    }
    guard.watch(open.tcp());
    // Never a stall: the relay's earlier reply holds.
    guard.total(relay.timeouts().check(), relay.timeouts().check());
    guard.step(relay.timeouts().check());
    try {
      ReplyReader.Read answer = open.ask(command);
      return answer.isPositive() && answer.broken() == null && !open.hasLeftovers();
    } catch (IOException e) {
      return false;
    }
  }

  /** How long each part of opening the connection took, or of the last conversation. */
  public Stopwatch stopwatch() {
    return stopwatch;
  }

  /** When the relay's certificate expires; null if it has shown none. */
  public @Nullable Instant certificateExpiresAt() {
    return connection == null ? null : connection.certificateExpiresAt();
  }

  /** Says goodbye, without waiting for the answer. */
  public void quit() {
    if (connection != null) {
      connection.quit();
    }
  }
}
