package io.tallypost.stack.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpConnectionTest {
  private static final String REFUSAL = "HTTP/1.1 413 \r\nContent-Length: 2\r\n\r\n{}";

  private ServerSocket server;
  private HttpConnection connection;

  @BeforeEach
  void open() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    connection = new HttpConnection(URI.create("http://127.0.0.1:" + server.getLocalPort()));
  }

  @AfterEach
  void close() throws IOException {
    connection.close();
    server.close();
  }

  @Test
  void seesAnAnswerBeforeItsRequestIsWhole() throws IOException {
    connection.send(bytes("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345"));
    try (Socket accepted = server.accept()) {
      assertThat(connection.isAnswered()).isFalse();

      accepted.getOutputStream().write(bytes(REFUSAL));

      await().until(connection::isAnswered);
      assertThat(connection.answer()).isEqualTo(new HttpConnection.Answer(413, "{}"));
    }
  }

  @Test
  void sendsTheRestOfARequestOverTheSameConnection() throws IOException {
    connection.send(bytes("12345"));
    try (Socket accepted = server.accept()) {
      connection.send(bytes("67890"));
      accepted.getOutputStream().write(bytes(REFUSAL));

      assertThat(connection.answer().status()).isEqualTo(413);
      assertThat(accepted.getInputStream().readNBytes(10)).isEqualTo(bytes("1234567890"));
    }
  }

  @Test
  void hasNoAnswerWhereNothingWasSent() throws IOException {
    assertThat(connection.isAnswered()).isFalse();
    assertThatThrownBy(connection::answer).isInstanceOf(IOException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
