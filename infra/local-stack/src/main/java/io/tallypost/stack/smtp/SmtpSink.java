package io.tallypost.stack.smtp;

import io.tallypost.stack.smtp.inbox.Inbox;
import io.tallypost.stack.smtp.wire.Gate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A real SMTP server (RFC 5321) that keeps what it receives; a virtual thread for each connection.
 */
public final class SmtpSink implements AutoCloseable {

  private static final String HOST = "127.0.0.1";
  private static final int BACKLOG = 1_024;

  private final SinkSettings settings;
  private final ServerSocket server;
  private final Inbox inbox;
  private final Gate gate = new Gate();
  private final AtomicLong connections = new AtomicLong();
  private final AtomicLong endlessBytes = new AtomicLong();
  private final Set<SmtpConnection> open = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Void> accepting = new CompletableFuture<>();
  private volatile SmtpScript script;

  private SmtpSink(SinkSettings settings, ServerSocket server) {
    this.settings = settings;
    this.server = server;
    this.inbox = new Inbox(settings.memory().mails(), settings.memory().bytes());
    this.script = settings.script();
  }

  public static SmtpSink start() {
    return start(SinkSettings.defaults());
  }

  public static SmtpSink start(SinkSettings settings) {
    try {
      ServerSocket server = new ServerSocket();
      InetAddress host = InetAddress.ofLiteral(HOST);
      server.bind(new InetSocketAddress(host, settings.port()), BACKLOG);
      SmtpSink sink = new SmtpSink(settings, server);
      Thread.ofVirtual().name("smtp-sink").start(sink::acceptConnections);
      return sink;
    } catch (IOException failure) {
      throw new IllegalStateException(
          "cannot listen on %s:%d: %s".formatted(HOST, settings.port(), failure.getMessage()),
          failure);
    }
  }

  public String host() {
    return HOST;
  }

  public int port() {
    return server.getLocalPort();
  }

  public Inbox inbox() {
    return inbox;
  }

  /** How many connections were accepted since the start. */
  public long connections() {
    return connections.get();
  }

  /** How many connections are open now. */
  public int openConnections() {
    return open.size();
  }

  /** How many bytes of endless replies clients have taken. */
  public long endlessBytes() {
    return endlessBytes.get();
  }

  /** From now on nothing is read or answered, as if the process was stopped; TCP continues. */
  public void freeze() {
    gate.freeze();
  }

  /** Goes on where it was frozen. */
  public void thaw() {
    gate.thaw();
  }

  /** Closes the connections that are open now, at any stage. */
  public void hangUp() {
    open.forEach(SmtpConnection::close);
  }

  /** Answers by this script from now on, on open connections too. */
  public void follow(SmtpScript answers) {
    script = answers;
  }

  /** Refuses connections from now on and breaks those that are open. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException failure) {
      throw new IllegalStateException("cannot stop listening", failure);
    }
    // Until it has left accept(), the system may still take connections in.
    accepting.join();
    hangUp();
    thaw();
  }

  Gate gate() {
    return gate;
  }

  AtomicLong endlessCounter() {
    return endlessBytes;
  }

  SinkSettings settings() {
    return settings;
  }

  SmtpScript script() {
    return script;
  }

  private void acceptConnections() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        SmtpConnection connection = new SmtpConnection(this, socket, connections.incrementAndGet());
        boolean overLimit = open.size() >= settings.limits().connections();
        open.add(connection);
        Thread.ofVirtual()
            .name("smtp-connection")
            .start(() -> {
              connection.run(overLimit);
              open.remove(connection);
            });
      } catch (IOException closedOrFailed) {
        // Closed: the loop ends. Out of file descriptors: the next accept waits for the same, and
        // clients retry.
        Thread.onSpinWait();
      }
    }
    accepting.complete(null);
  }
}
