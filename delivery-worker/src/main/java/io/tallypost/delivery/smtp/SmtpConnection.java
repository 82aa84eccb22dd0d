package io.tallypost.delivery.smtp;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a relay, encrypted or not, with commands going out and replies coming in. */
final class SmtpConnection {
  private static final Duration GOODBYE = Duration.ofSeconds(1);

  private final Socket tcp;
  private ReplyReader reader;
  private CommandWriter writer;
  private @Nullable Instant certificateExpiresAt;
  private boolean encrypted;

  private SmtpConnection(Socket tcp) throws IOException {
    this.tcp = tcp;
    this.reader = new ReplyReader(tcp.getInputStream());
    this.writer = new CommandWriter(tcp.getOutputStream());
  }

  /**
   * Connects to the first address that answers, as they come (RFC 5321, section 5.1).
   *
   * @param addresses at least one
   * @throws IOException if none does; says why the last one did not
   */
  static SmtpConnection open(
      List<InetAddress> addresses, int port, SmtpTimeouts timeouts, SendGuard guard)
      throws IOException {
    IOException failure = new ConnectException("no address");
    for (InetAddress address : addresses) {
      // A socket whose attempt to connect has failed cannot try again.
      var socket = new Socket();
      guard.watch(socket);
      // The socket itself ends this wait, so that the watchdog never ends the send instead of it.
      guard.step(timeouts.connectAll());
      try {
        socket.connect(new InetSocketAddress(address, port), millis(timeouts.connect()));
        socket.setTcpNoDelay(true);
        return new SmtpConnection(socket);
      } catch (IOException e) {
        failure = e;
        socket.close();
        if (!guard.mayGoOn()) {
          break;
        }
      }
    }
    throw failure;
  }

  private static int millis(Duration time) {
    // 0 would be without an end.
    return Math.clamp(time.toMillis(), 1, Integer.MAX_VALUE);
  }

  /**
   * Goes on encrypted. What the relay said in clear behind its answer to STARTTLS is nobody's word,
   * so there must be none.
   *
   * @param host whose certificate it must be
   * @throws IOException if the handshake fails
   */
  void encrypt(SSLSocketFactory factory, String host) throws IOException {
    if (reader.hasLeftovers()) {
      throw new IOException("the relay spoke in clear behind its answer to STARTTLS");
    }
    var socket = (SSLSocket) factory.createSocket(tcp, host, tcp.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    certificateExpiresAt = expiry(socket);
    reader = new ReplyReader(socket.getInputStream());
    writer = new CommandWriter(socket.getOutputStream());
    encrypted = true;
  }

  private static @Nullable Instant expiry(SSLSocket socket) {
    try {
      return socket.getSession().getPeerCertificates()[0] instanceof X509Certificate certificate
          ? certificate.getNotAfter().toInstant()
          : null;
    } catch (SSLPeerUnverifiedException e) {
      // A cipher without certificates, which no default allows: there is nothing to expire.
      return null;
    }
  }

  boolean isEncrypted() {
    return encrypted;
  }

  /** When the relay's certificate expires; null where it has shown none. */
  @Nullable Instant certificateExpiresAt() {
    return certificateExpiresAt;
  }

  InetAddress localAddress() {
    return tcp.getLocalAddress();
  }

  ReplyReader reader() {
    return reader;
  }

  CommandWriter writer() {
    return writer;
  }

  /** The TCP connection under all: closing it ends whatever is going on. */
  Socket tcp() {
    return tcp;
  }

  /** Says a command and hears its answer. */
  ReplyReader.Read ask(String command) throws IOException {
    writer.add(command);
    return sendAndRead();
  }

  /**
   * Sends what was written and hears the next answer; if that was said before a write failed, too.
   */
  ReplyReader.Read sendAndRead() throws IOException {
    try {
      writer.flush();
    } catch (IOException e) {
      return lastWords(e);
    }
    return reader.read();
  }

  /**
   * What the relay said before it closed the connection that could not be written to any more.
   *
   * @throws IOException the failure of the write, where it said nothing
   */
  ReplyReader.Read lastWords(IOException failure) throws IOException {
    try {
      return reader.read();
    } catch (IOException silent) {
      failure.addSuppressed(silent);
      throw failure;
    }
  }

  /**
   * Whether the relay has said something since the last answer, or is gone. Of an encrypted
   * connection each byte counts that has come: what it means is not worth a reading that may block.
   */
  boolean hasLeftovers() {
    try {
      return reader.hasLeftovers() || (encrypted && tcp.getInputStream().available() > 0);
    } catch (IOException e) {
      return true;
    }
  }

  /** Takes leave without waiting for an answer; a relay that does not read does not keep us. */
  void quit() {
    var guard = new SendGuard();
    guard.watch(tcp);
    guard.step(GOODBYE);
    try {
      writer.add("QUIT");
      writer.flush();
    } catch (IOException e) {
      // The relay is gone already, which is what was wanted.
    } finally {
      guard.release();
      close();
    }
  }

  /** Ends the connection without a word. */
  void close() {
    try {
      tcp.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }
}
