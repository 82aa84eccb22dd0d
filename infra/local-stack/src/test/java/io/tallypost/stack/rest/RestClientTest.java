package io.tallypost.stack.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tallypost.stack.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RestClientTest {
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;
  private RestClient client;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/echo", RestClientTest::echo);
    server.createContext(
        "/never",
        _ -> {
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
    client = RestClient.of("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
  }

  /** Answers 409 with what was asked, or with the body alone. */
  private static void echo(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      String asked =
          "%s %s %s %s %s"
              .formatted(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI(),
                  exchange.getRequestHeaders().getFirst("X-API-Key"),
                  exchange.getRequestHeaders().getFirst("Content-Type"),
                  body);
      byte[] answer = (exchange.getRequestURI().getQuery() == null ? body : asked).getBytes(UTF_8);
      exchange.sendResponseHeaders(409, answer.length == 0 ? -1 : answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  @Test
  void sendsItsKeyAndJsonAndReturnsAnyStatus() {
    RestClient.Answer answer = client.withKey("secret").post("/echo?all", Map.of("name", "Jürgen"));

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text())
        .isEqualTo("POST /echo?all secret application/json {\"name\":\"Jürgen\"}");
    assertThat(client.patch("/echo?all", Map.of()).text()).startsWith("PATCH /echo?all null");
    assertThat(client.delete("/echo?all").text()).isEqualTo("DELETE /echo?all null null ");
  }

  @Test
  void readsJsonAndTakesAnEmptyBodyForAnEmptyObject() {
    assertThat(client.post("/echo", Map.of("id", 7)).json().path("id").asInt()).isEqualTo(7);
    assertThat(client.get("/echo").json().isEmpty()).isTrue();
    RestClient.Answer text = client.get("/echo?all");
    assertThatThrownBy(text::json)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no JSON from http://127.0.0.1")
        .hasMessageEndingWith("/echo?all");
  }

  @Test
  void saysWhoHasNotAnswered() {
    String nobody = "http://127.0.0.1:" + FreePorts.next();

    assertThatThrownBy(() -> RestClient.of(nobody).get("/x"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("no answer from " + nobody + "/x");
    assertThatThrownBy(() -> client.within(Duration.ofMillis(100)).get("/never"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("/never");
  }
}
