package io.tallypost.kit.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Says to a server what no HTTP client would say. */
public final class RawHttp implements AutoCloseable {
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Socket socket;

  private RawHttp(Socket socket) {
    this.socket = socket;
  }

  /**
   * An answer.
   *
   * @param headers by their names in lower case
   */
  public record Answer(int status, Map<String, String> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "(none)");
    }

    /** The code of a problem, or what is there instead. */
    public String problemCode() {
      return header("Content-Type").equals("application/problem+json")
          ? json().path("code").asString("(none)")
          : header("Content-Type") + " " + body;
    }

    public JsonNode json() {
      return JSON.readTree(body);
    }
  }

  /** Connects to a port of this machine. */
  public static RawHttp connect(int port) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) LONGEST_ANSWER.toMillis());
    return new RawHttp(socket);
  }

  /** Sends a whole request over a connection of its own and reads the answer. */
  public static Answer exchange(int port, String request) throws IOException {
    try (var http = connect(port)) {
      return http.send(request).answer();
    }
  }

  /** A request with the headers that every one has, and any more. */
  public static String request(String line, String... headers) {
    return line
        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        + Arrays.stream(headers).map(header -> header + "\r\n").collect(Collectors.joining())
        + "\r\n";
  }

  /** Sends text, a character a byte. */
  public RawHttp send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
    return this;
  }

  /** Reads an answer, and nothing behind it. */
  public Answer answer() throws IOException {
    String head = head();
    String[] lines = head.split("\r\n", -1);
    Map<String, String> headers =
        Arrays.stream(lines)
            .skip(1)
            .filter(line -> line.contains(":"))
            .map(line -> line.split(":", 2))
            .collect(
                Collectors.toMap(
                    line -> line[0].toLowerCase(Locale.ROOT),
                    line -> line[1].strip(),
                    (a, b) -> a));
    var in = socket.getInputStream();
    byte[] body;
    if (headers.containsKey("content-length")) {
      body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
    } else if (headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      body = chunks();
    } else {
      body = in.readAllBytes();
    }
    return new Answer(
        Integer.parseInt(lines[0].split(" ", 3)[1]), headers, new String(body, UTF_8));
  }

  /** Whether the other side has closed: waits for it, and takes what it still says. */
  public boolean isClosed() {
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private byte[] chunks() throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      body.write(socket.getInputStream().readNBytes(size));
      line();
      if (size == 0) {
        return body.toByteArray();
      }
    }
  }

  private String head() throws IOException {
    var head = new StringBuilder();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line).append("\r\n");
    }
    return head.toString();
  }

  /** Reads one line. */
  public String line() throws IOException {
    var line = new StringBuilder();
    while (true) {
      int b = socket.getInputStream().read();
      if (b < 0) {
        throw new IOException("closed after: " + line);
      }
      if (b == '\n') {
        return line.toString().replace("\r", "");
      }
      line.append((char) b);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
