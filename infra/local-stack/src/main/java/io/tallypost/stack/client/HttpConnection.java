package io.tallypost.stack.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One kept-alive HTTP/1.1 connection. It is this lean so that the load costs little of the machine
 * that is measured: some 30 µs of CPU per request.
 */
public final class HttpConnection implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = (int) Duration.ofSeconds(30).toMillis();

  /** Shorter than Tomcat keeps an idle connection, so that no request goes into a closing one. */
  private static final long IDLE_NANOS = Duration.ofSeconds(10).toNanos();

  private final URI server;
  private final InetAddress from;
  private @Nullable Open open;

  private long lastUsed;
  private boolean withinRequest;

  private record Open(Socket socket, InputStream in) {}

  /** What came back. */
  public record Answer(int status, String body) {}

  /** A connection that is opened when it is first needed, and again when it has ended. */
  public HttpConnection(URI server) {
    this(server, InetAddress.getLoopbackAddress());
  }

  /** A connection that comes from this address of the machine. */
  public HttpConnection(URI server, InetAddress from) {
    this.server = server;
    this.from = from;
  }

  /** A request as it goes over the wire. */
  public static byte[] request(
      String method, String path, String key, String body, String... headers) {
    var head = new StringBuilder();
    head.append(
        "%s %s HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %s\r\n".formatted(method, path, key));
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    byte[] content = body.getBytes(UTF_8);
    if (content.length > 0) {
      head.append("Content-Type: application/json\r\n");
    }
    head.append("Content-Length: %d\r\n\r\n".formatted(content.length));
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(head.toString().getBytes(ISO_8859_1));
    bytes.writeBytes(content);
    return bytes.toByteArray();
  }

  /** Sends a request and waits for its answer. */
  public Answer exchange(byte[] request) throws IOException {
    send(request);
    return answer();
  }

  /** Sends a request or the next piece of one, whose answer is to be read when it is whole. */
  public void send(byte[] bytes) throws IOException {
    Open connection = connected();
    try {
      withinRequest = true;
      connection.socket().getOutputStream().write(bytes);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Whether something of an answer is there: a server need not wait for the end of a request. */
  public boolean isAnswered() throws IOException {
    Open connection = open;
    return connection != null && connection.in().available() > 0;
  }

  /** Waits for the answer to what was sent. */
  public Answer answer() throws IOException {
    Open connection = open;
    if (connection == null) {
      throw new EOFException("nothing was sent");
    }
    try {
      Answer answer = read(connection.in());
      withinRequest = false;
      lastUsed = System.nanoTime();
      return answer;
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private Open connected() throws IOException {
    Open usable = open;
    if (usable != null && (withinRequest || System.nanoTime() - lastUsed < IDLE_NANOS)) {
      return usable;
    }
    close();
    var socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
    var made = new Open(socket, new BufferedInputStream(socket.getInputStream()));
    open = made;
    return made;
  }

  private Answer read(InputStream in) throws IOException {
    int status = Integer.parseInt(line(in).split(" ", 3)[1]);
    int length = 0;
    boolean chunked = false;
    boolean last = false;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String header = line.toLowerCase(Locale.ROOT);
      if (header.startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).strip());
      }
      chunked |= header.startsWith("transfer-encoding:") && header.endsWith("chunked");
      last |= header.startsWith("connection:") && header.endsWith("close");
    }
    String body = chunked ? chunks(in) : new String(exactly(in, length), UTF_8);
    if (last) {
      // Tomcat ends a connection after its hundredth request.
      close();
    }
    return new Answer(status, body);
  }

  private static String chunks(InputStream in) throws IOException {
    var body = new ByteArrayOutputStream();
    int length = Integer.parseInt(line(in), 16);
    while (length > 0) {
      body.writeBytes(exactly(in, length));
      line(in);
      length = Integer.parseInt(line(in), 16);
    }
    line(in);
    return body.toString(UTF_8);
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ended within an answer");
    }
    return bytes;
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the connection ended before its answer");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    Open closing = open;
    open = null;
    withinRequest = false;
    if (closing != null) {
      try {
        closing.socket().close();
      } catch (IOException alreadyBroken) {
        // Nothing is left to be closed.
      }
    }
  }
}
