package io.tallypost.kit.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** A request whose caller was let in, and whose body is still to come. */
public final class HeldRequest implements AutoCloseable {
  private final RawHttp connection;
  private final String body;

  private HeldRequest(RawHttp connection, String body) {
    this.connection = connection;
    this.body = body;
  }

  /**
   * Sends the head, and waits until the service asks for the body.
   *
   * @param line method and path
   */
  public static HeldRequest begin(int port, String line, String key, String body)
      throws IOException {
    var connection = RawHttp.connect(port);
    connection.send(
        RawHttp.request(
            line,
            "X-API-Key: " + key,
            "Content-Type: application/json",
            "Content-Length: " + body.getBytes(ISO_8859_1).length,
            "Expect: 100-continue"));
    assertThat(connection.line()).as(line).isEqualTo("HTTP/1.1 100 ");
    assertThat(connection.line()).isEmpty();
    return new HeldRequest(connection, body);
  }

  /** Sends the body, and reads the answer. */
  public RawHttp.Answer end() throws IOException {
    return connection.send(body).answer();
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
