package io.tallypost.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A line to a server on this machine that can be cut. */
final class TcpProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cutsDue = new AtomicInteger();
  private volatile String cutBehind = "";
  private volatile boolean cut;
  private volatile boolean swallowing;

  private TcpProxy(ServerSocket listener, int target) {
    this.listener = listener;
    this.target = target;
  }

  /** A proxy on a free port of the loopback interface; the target need not be there yet. */
  static TcpProxy to(int target) {
    try {
      var proxy = new TcpProxy(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), target);
      Thread.ofVirtual().name("proxy").start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Breaks every connection, and each new one at once. */
  void cut() {
    cut = true;
    open.forEach(TcpProxy::reset);
  }

  /** Takes every connection and whatever comes over it, and answers nothing. */
  void swallow() {
    swallowing = true;
  }

  /** Lets everything through again. */
  void mend() {
    cut = false;
    if (swallowing) {
      swallowing = false;
      // Half of what was said over them is missing.
      open.forEach(TcpProxy::reset);
    }
  }

  /**
   * Breaks the next connections, so many, right behind this word of the client: the server gets it,
   * and the client never learns what came of it.
   */
  void cutBehind(String word, int times) {
    cutBehind = word;
    cutsDue.set(times);
  }

  /** How many of those cuts are still to come. */
  int cutsDue() {
    return Math.max(0, cutsDue.get());
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
    var server = new Socket();
    open.add(client);
    open.add(server);
    try (client;
        server) {
      if (cut) {
        reset(client);
        return;
      }
      server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 5_000);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      Thread answers = Thread.ofVirtual().start(() -> copy(server, client, false));
      copy(client, server, true);
      answers.join();
    } catch (IOException broken) {
      // As a line breaks.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
      open.remove(server);
    }
  }

  private void copy(Socket from, Socket to, boolean words) {
    byte[] buffer = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (words && isToBeCutBehind(buffer, read)) {
          // First the client, then the word to the server: no answer can find its way back.
          reset(from);
          out.write(buffer, 0, read);
          out.flush();
          return;
        }
        if (!swallowing) {
          out.write(buffer, 0, read);
        }
      }
      to.shutdownOutput();
    } catch (IOException broken) {
      reset(from);
      reset(to);
    }
  }

  private boolean isToBeCutBehind(byte[] buffer, int length) {
    return cutsDue.get() > 0
        && new String(buffer, 0, length, ISO_8859_1).contains(cutBehind)
        && cutsDue.getAndDecrement() > 0;
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException alreadyGone) {
      // That is what was wanted.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(TcpProxy::reset);
  }
}
