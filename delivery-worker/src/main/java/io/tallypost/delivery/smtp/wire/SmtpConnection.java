package io.tallypost.delivery.smtp.wire;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a relay, encrypted or not: commands out, replies in. */
public final class SmtpConnection {
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
   * Connects to the first address that answers, in this order (RFC 5321, section 5.1).
   *
   * @param addresses at least one
   * @param silent is told which ones did not answer in time
   * @throws IOException if none does; says why the last one did not
   */
  public static SmtpConnection open(
      List<InetAddress> addresses,
      int port,
      SmtpTimeouts timeouts,
      SendGuard guard,
      Consumer<InetAddress> silent)
      throws IOException {
    IOException failure = new ConnectException("no address");
    for (InetAddress address : addresses) {
      // A socket whose attempt to connect failed cannot try again.
      var socket = new Socket();
      guard.watch(socket);
      // The socket itself ends this wait, so that the watchdog does not end the send instead.
      guard.step(timeouts.connectAll());
      try {
        socket.connect(new InetSocketAddress(address, port), millis(timeouts.connect()));
        socket.setTcpNoDelay(true);
        return new SmtpConnection(socket);
      } catch (IOException e) {
        failure = e;
        socket.close();
        if (e instanceof SocketTimeoutException || guard.hasExpired() || guard.hasStalled()) {
          silent.accept(address);
        }
        if (!guard.mayGoOn()) {
          break;
        }
      }
    }
    throw failure;
  }

  private static int millis(Duration time) {
    // 0 would mean no limit.
    return Math.clamp(time.toMillis(), 1, Integer.MAX_VALUE);
  }

  /**
   * Starts encryption. Nobody vouches for what arrived in clear after the answer to STARTTLS, so
   * there must be nothing.
   *
   * @param host the name that the certificate must have
   * @throws IOException if the handshake fails
   */
  public void encrypt(SSLSocketFactory factory, String host) throws IOException {
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
      // A cipher without certificates, which no default allows: nothing can expire.
      return null;
    }
  }

  public boolean isEncrypted() {
    return encrypted;
  }

  /** When the relay's certificate expires; null if it has shown none. */
  public @Nullable Instant certificateExpiresAt() {
    return certificateExpiresAt;
  }

  /** The relay's address. */
  public InetAddress address() {
    return tcp.getInetAddress();
  }

  public InetAddress localAddress() {
    return tcp.getLocalAddress();
  }

  public ReplyReader reader() {
    return reader;
  }

  public CommandWriter writer() {
    return writer;
  }

  /** The TCP connection below: closing it ends everything. */
  public Socket tcp() {
    return tcp;
  }

  /** Sends a command and reads its answer. */
  public ReplyReader.Read ask(String command) throws IOException {
    writer.add(command);
    return sendAndRead();
  }

  /**
   * Sends the buffered commands and reads the next answer, even if it came before a write failed.
   */
  public ReplyReader.Read sendAndRead() throws IOException {
    try {
      writer.flush();
    } catch (IOException e) {
      return lastWords(e);
    }
    return reader.read();
  }

  /**
   * The relay's reply before it closed the connection, when a write has failed.
   *
   * @throws IOException the failure of the write, if there is no reply
   */
  public ReplyReader.Read lastWords(IOException failure) throws IOException {
    try {
      return reader.read();
    } catch (IOException silent) {
      failure.addSuppressed(silent);
      throw failure;
    }
  }

  /**
   * Whether the relay has sent something since the last answer, or is gone. On an encrypted
   * connection any byte counts: reading its meaning could block.
   */
  public boolean hasLeftovers() {
    try {
      return reader.hasLeftovers() || (encrypted && tcp.getInputStream().available() > 0);
    } catch (IOException e) {
      return true;
    }
  }

  /** Says goodbye without waiting for an answer; a relay that does not read does not keep us. */
  public void quit() {
    var guard = new SendGuard();
    guard.watch(tcp);
    guard.step(GOODBYE);
    try {
      writer.add("QUIT");
      writer.flush();
    } catch (IOException e) {
      // The relay is gone already, as intended.
    } finally {
      guard.release();
      close();
    }
  }

  /** Closes the connection without a QUIT. */
  public void close() {
    try {
      tcp.close();
    } catch (IOException e) {
      // It is closed nevertheless.
    }
  }
}
