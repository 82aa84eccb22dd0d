package io.tallypost.intake;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A line to PostgreSQL that breaks when a transaction has been committed, before its client learns
 * that: what PostgreSQL answers to COMMIT is read here and not handed on.
 */
public final class PostgresLine implements AutoCloseable {
  /** The tag of CommandComplete, which ends with a zero byte. */
  private static final String COMMITTED = "COMMIT\0";

  private static final String PREFIX = "jdbc:";
  private static final int BUFFER = 64 * 1024;
  private static final String NONE = "";

  private final URI target;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /** A text of the transaction that is to lose its answer. */
  private volatile String marker = NONE;

  private PostgresLine(URI target, ServerSocket listener) {
    this.target = target;
    this.listener = listener;
  }

  /** A line to the server of this URL. */
  public static PostgresLine to(String jdbcUrl) {
    try {
      var line =
          new PostgresLine(
              URI.create(jdbcUrl.substring(PREFIX.length())),
              new ServerSocket(0, 64, InetAddress.getLoopbackAddress()));
      Thread.ofVirtual().start(line::accept);
      return line;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same database, by this line. */
  public String jdbcUrl() {
    return PREFIX
        + target.toString().replace(target.getAuthority(), "127.0.0.1:" + listener.getLocalPort());
  }

  /** Loses the answer to the commit of the next transaction that has this text in a parameter. */
  public void losesTheAnswerToTheCommitOf(String text) {
    marker = text;
  }

  /** Whether an answer was lost since. */
  public boolean hasLost() {
    return marker.equals(NONE);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException closed) {
        // The loop ends when it is closed.
      }
    }
  }

  private void connect(Socket client) {
    try (client;
        var server = new Socket(target.getHost(), target.getPort())) {
      open.add(client);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      var marked = new AtomicBoolean();
      Thread questions = Thread.ofVirtual().start(() -> ask(client, server, marked));
      answer(server, client, marked);
      client.close();
      questions.join();
    } catch (IOException broken) {
      // As a broken connection.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  private void ask(Socket client, Socket server, AtomicBoolean marked) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        String text = marker;
        if (!text.equals(NONE) && contains(buffer, read, text)) {
          marked.set(true);
        }
        out.write(buffer, 0, read);
      }
      server.shutdownOutput();
    } catch (IOException broken) {
      // The other direction ends it.
    }
  }

  private void answer(Socket server, Socket client, AtomicBoolean marked) throws IOException {
    byte[] buffer = new byte[BUFFER];
    InputStream in = server.getInputStream();
    OutputStream out = client.getOutputStream();
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      if (marked.get() && contains(buffer, read, COMMITTED)) {
        marker = NONE;
        client.setSoLinger(true, 0);
        return;
      }
      out.write(buffer, 0, read);
    }
  }

  private static boolean contains(byte[] buffer, int length, String text) {
    return new String(buffer, 0, length, ISO_8859_1).contains(text);
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket client : open) {
        client.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
