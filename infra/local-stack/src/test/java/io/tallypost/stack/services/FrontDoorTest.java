package io.tallypost.stack.services;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.tallypost.stack.FreePorts;
import io.tallypost.stack.cli.UsageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrontDoorTest {

  private final FrontDoor door = FrontDoor.open(FreePorts.next());
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<HttpServer> backends = new ArrayList<>();

  @AfterEach
  void stop() {
    http.close();
    door.close();
    backends.forEach(backend -> backend.stop(0));
  }

  @ParameterizedTest
  @CsvSource({
    "/api/v1/send, intake",
    "/api/v1/admin/api-keys, intake",
    "/openapi.json, intake",
    "/swagger-ui/index.html, intake",
    "/v3/api-docs, intake",
    "/api/v1/usage, quota",
    "/api/v1/messages?status=failed, audit",
    "/api/v1/messages/1, audit",
    "/api/v1/messagesandmore, intake",
    "/api/v1/admin/dead-letters/1, audit",
    "/api/v1/admin/log?tenant=acme, audit",
    "/api/v1/admin/replays, audit",
    "/api/v1/admin/unaccounted, audit",
    "/api/v1/admin/status, audit",
    "/api/v1/admin/usage?days=7, audit",
    "/api/v1/health, intake",
  })
  void routesAPathToItsService(String path, String service) throws Exception {
    door.add(Role.INTAKE, backend("intake"));
    door.add(Role.QUOTA, backend("quota"));
    door.add(Role.AUDIT, backend("audit"));

    assertThat(get(path).body()).isEqualTo(service + " GET " + path + " ");
  }

  @Test
  void servesNothingElse() throws Exception {
    assertThat(get("/metrics").statusCode()).isEqualTo(404);
  }

  @Test
  void spreadsRequestsOverReplicasAndSkipsADeadOne() throws Exception {
    door.add(Role.QUOTA, backend("one"));
    door.add(Role.QUOTA, backend("two"));
    assertThat(answers(10)).hasSize(2);

    backends.getFirst().stop(0);

    assertThat(answers(10)).containsExactly("two GET /api/v1/usage ");
  }

  @Test
  void skipsAReplicaThatNeverListened() throws Exception {
    door.add(Role.QUOTA, URI.create("http://127.0.0.1:" + FreePorts.next()));
    door.add(Role.QUOTA, backend("two"));

    for (int i = 0; i < 10; i++) {
      assertThat(post("/api/v1/usage", BodyPublishers.ofString("x")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void forgetsAReplicaThatWasRemoved() throws Exception {
    URI one = backend("one");
    door.add(Role.QUOTA, one);
    door.add(Role.QUOTA, backend("two"));

    door.remove(Role.QUOTA, one);

    assertThat(answers(10)).containsExactly("two GET /api/v1/usage ");
  }

  @Test
  void saysWhenToComeBackWhenNothingAnswers() throws Exception {
    for (HttpResponse<String> answer :
        List.of(get("/api/v1/usage"), post("/api/v1/send", BodyPublishers.ofString("x")))) {
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
      assertThat(answer.body()).contains("\"status\":503", "\"code\":\"unavailable\"");
    }
  }

  @Test
  void neverRepeatsAPostThatReachedABackend() throws Exception {
    AtomicInteger received = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      door.add(
          Role.INTAKE,
          serve(exchange -> {
            exchange.getRequestBody().readAllBytes();
            received.incrementAndGet();
            exchange.close();
          }));
    }

    assertThat(post("/api/v1/send", BodyPublishers.ofString("a mail")).statusCode()).isEqualTo(503);
    assertThat(post("/api/v1/send", BodyPublishers.noBody()).statusCode()).isEqualTo(503);

    assertThat(received).hasValue(2);
  }

  /** A service that closed first would break the POST that is on its way. */
  @Test
  void closesAnIdleConnectionBeforeItsServiceWould() throws Exception {
    try (FrontDoor impatient = FrontDoor.open(FreePorts.next(), Duration.ofMillis(50));
        ServerSocket backend = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      impatient.add(Role.QUOTA, URI.create("http://127.0.0.1:" + backend.getLocalPort()));
      var answer =
          http.sendAsync(
              HttpRequest.newBuilder(URI.create(impatient.url() + "/api/v1/usage")).build(),
              BodyHandlers.ofString());

      try (Socket connection = backend.accept()) {
        connection.setSoTimeout(30_000);
        var request =
            new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII));
        while (!request.readLine().isEmpty()) {}
        connection
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".getBytes(US_ASCII));

        assertThat(answer.get(30, TimeUnit.SECONDS).body()).isEqualTo("hi");
        assertThat(request.read()).as("end of the connection").isEqualTo(-1);
      }
    }
  }

  @Test
  void passesLargeBodiesAndProblemsThrough() throws Exception {
    door.add(
        Role.INTAKE,
        serve(exchange -> {
          int size = exchange.getRequestBody().readAllBytes().length;
          exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
          answer(exchange, 503, "theirs " + size);
        }));
    byte[] large = new byte[20 * 1024 * 1024];

    HttpResponse<String> answer = post("/api/v1/send", BodyPublishers.ofByteArray(large));

    assertThat(answer.body()).isEqualTo("theirs " + large.length);
    assertThat(answer.headers().firstValue("Retry-After")).isEmpty();
  }

  @Test
  void takesAnotherPortWhereItMayChoose() {
    try (FrontDoor other = FrontDoor.openPreferably(door.url().getPort())) {
      assertThat(other.url()).isNotEqualTo(door.url());
    }
  }

  @Test
  void saysThatItsPortIsTaken() {
    int port = door.url().getPort();

    assertThatThrownBy(() -> FrontDoor.open(port))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("port %d is taken", port);
  }

  private Set<String> answers(int requests) throws Exception {
    Set<String> answers = new HashSet<>();
    for (int i = 0; i < requests; i++) {
      answers.add(get("/api/v1/usage").body());
    }
    return answers;
  }

  private URI backend(String name) throws IOException {
    return serve(exchange -> {
      String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      answer(
          exchange,
          200,
          "%s %s %s %s"
              .formatted(name, exchange.getRequestMethod(), exchange.getRequestURI(), body));
    });
  }

  private URI serve(HttpHandler handler) throws IOException {
    HttpServer backend =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext("/", handler);
    backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    backend.start();
    backends.add(backend);
    return URI.create("http://127.0.0.1:" + backend.getAddress().getPort());
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(door.url() + path)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, BodyPublisher body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(door.url() + path)).POST(body).build(),
        BodyHandlers.ofString());
  }
}
