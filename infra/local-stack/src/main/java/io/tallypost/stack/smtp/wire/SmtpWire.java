package io.tallypost.stack.smtp.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** The bytes of one connection: in clear or under TLS, and the ways in which it can end. */
public final class SmtpWire {

  private static final Duration DROPPING = Duration.ofSeconds(5);
  private static final Duration UNREAD = Duration.ofMillis(150);

  private final Socket accepted;
  private final Gate gate;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Socket socket;
  private SmtpReader reader;
  private SmtpWriter writer;

  public SmtpWire(Socket accepted, Gate gate) throws IOException {
    accepted.setTcpNoDelay(true);
    this.accepted = accepted;
    this.gate = gate;
    this.socket = accepted;
    this.reader = new SmtpReader(accepted.getInputStream(), gate);
    this.writer = new SmtpWriter(accepted.getOutputStream(), gate, this::pause);
  }

  public SmtpReader reader() {
    return reader;
  }

  public SmtpWriter writer() {
    return writer;
  }

  /**
   * Data sent in clear after STARTTLS is dropped with its reader: nobody vouches for it (RFC 3207
   * section 6).
   */
  public void secure(SSLContext certificate) throws IOException {
    gate.pass();
    SSLSocket secured =
        (SSLSocket) certificate.getSocketFactory().createSocket(accepted, null, true);
    socket = secured;
    secured.startHandshake();
    reader = new SmtpReader(secured.getInputStream(), gate);
    writer = new SmtpWriter(secured.getOutputStream(), gate, this::pause);
  }

  /** How long a read may wait before it fails with a {@link SocketTimeoutException}. */
  public void patience(Duration time) throws IOException {
    socket.setSoTimeout((int) time.toMillis());
  }

  public void pause(Duration time) throws IOException {
    try {
      if (closed.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new EndedException();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new EndedException();
    }
  }

  /** Writes what is buffered and ends the connection. */
  public EndedException end(Closing how) throws IOException {
    writer.flush();
    switch (how) {
      case CLOSE -> {}
      case HALF_CLOSE -> {
        socket.shutdownOutput();
        drop(DROPPING);
      }
      case CLOSE_UNREAD -> {
        pause(UNREAD);
        reset();
      }
      case RESET -> reset();
    }
    return new EndedException();
  }

  /** Closes the TCP connection below TLS with RST, which also drops what was not yet sent. */
  public void reset() throws IOException {
    accepted.setSoLinger(true, 0);
    accepted.close();
  }

  private void drop(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    try {
      for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
        patience(Duration.ofNanos(left).plusMillis(1));
        reader.drop();
      }
    } catch (SocketTimeoutException | EOFException over) {
      // Long enough, or the client has left.
    }
  }

  public void close() {
    closed.countDown();
    try {
      socket.close();
      accepted.close();
    } catch (IOException alreadyBroken) {
      // Nothing is left to be closed.
    }
  }
}
