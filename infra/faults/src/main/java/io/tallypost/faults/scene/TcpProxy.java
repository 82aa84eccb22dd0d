package io.tallypost.faults.scene;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A connection to a server on this machine that can be cut. */
public final class TcpProxy implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final int FULL_SOON_MILLIS = 200;

  private final int port;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cutsDue = new AtomicInteger();
  private final List<Socket> crowd = new ArrayList<>();
  private ServerSocket listener;
  private @Nullable Thread serving;
  private volatile String cutBehind = "";
  private volatile boolean cut;
  private volatile boolean swallowing;

  private TcpProxy(ServerSocket listener, int target) {
    this.listener = listener;
    this.port = listener.getLocalPort();
    this.target = target;
  }

  /** A proxy on a free port of the loopback interface; the target need not be there yet. */
  public static TcpProxy to(int target) {
    try {
      var proxy = new TcpProxy(listen(0, BACKLOG), target);
      proxy.serve(proxy.listener);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServerSocket listen(int port, int backlog) throws IOException {
    return new ServerSocket(port, backlog, InetAddress.getLoopbackAddress());
  }

  private void serve(ServerSocket on) {
    serving = Thread.ofVirtual().name("proxy").start(() -> accept(on));
  }

  public int port() {
    return port;
  }

  /** Breaks every connection, and each new one at once. */
  public void cut() {
    cut = true;
    open.forEach(TcpProxy::reset);
  }

  /** Takes every connection and all its data, and answers nothing. */
  public void swallow() {
    swallowing = true;
  }

  /**
   * As if the server's host had lost its power: nothing comes back over open connections, not even
   * a FIN, and new ones get no answer to their SYN.
   */
  public synchronized void vanish() {
    swallow();
    try {
      stopListening();
      // A listener that nobody serves drops every SYN once its queue is full.
      listener = listen(port, 1);
      boolean full = false;
      while (!full && crowd.size() < BACKLOG) {
        full = !connectsInTime();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The port is free only when the thread that serves it has left accept(). */
  private void stopListening() throws IOException {
    listener.close();
    try {
      if (serving != null) {
        serving.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while it let go of the port");
    }
  }

  private boolean connectsInTime() throws IOException {
    var one = new Socket();
    crowd.add(one);
    try {
      one.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), FULL_SOON_MILLIS);
      return true;
    } catch (SocketTimeoutException full) {
      return false;
    }
  }

  /** Lets everything through again. */
  public synchronized void mend() {
    cut = false;
    if (!crowd.isEmpty()) {
      reappear();
    }
    if (swallowing) {
      swallowing = false;
      // Half of their data is missing.
      open.forEach(TcpProxy::reset);
    }
  }

  private void reappear() {
    crowd.forEach(TcpProxy::reset);
    crowd.clear();
    try {
      stopListening();
      listener = listen(port, BACKLOG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    serve(listener);
  }

  /**
   * Breaks the next connections, this many, right after this word of the client: the server gets
   * it, and the client never learns the result.
   */
  public void cutBehind(String word, int times) {
    cutBehind = word;
    cutsDue.set(times);
  }

  /** How many of those cuts are left. */
  public int cutsDue() {
    return Math.max(0, cutsDue.get());
  }

  private void accept(ServerSocket on) {
    while (!on.isClosed()) {
      try {
        Socket client = on.accept();
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
      // As a broken connection.
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
          // First the client, then the word to the server: no answer can return.
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
      // As intended.
    }
  }

  @Override
  public synchronized void close() {
    crowd.forEach(TcpProxy::reset);
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    open.forEach(TcpProxy::reset);
  }
}
