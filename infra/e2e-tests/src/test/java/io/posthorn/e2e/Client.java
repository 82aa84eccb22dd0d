package io.posthorn.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A program that posts mail, holding one API key. */
final class Client {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String api;
  private final String key;
  private final String id;

  private Client(String api, String key, String id) {
    this.api = api;
    this.key = key;
    this.id = id;
  }

  /** What came back. */
  record Answer(int status, HttpHeaders headers, JsonNode body) {}

  /** A client with a key of its own, known to every service. */
  static Client withLimit(PosthornStack stack, String name, int dailyLimit) {
    Answer created =
        operator(stack)
            .post(
                "/api/v1/admin/api-keys",
                Map.of(
                    "name",
                    name + "-" + System.nanoTime(),
                    "daily_limit",
                    dailyLimit,
                    "default_from",
                    "Acme <mail@acme.example>"));
    assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
    var client =
        new Client(
            stack.apiUrl(),
            created.body().path("api_key").asString(),
            created.body().path("id").asString());
    await().atMost(Duration.ofSeconds(10)).until(() -> client.get("/api/v1/usage").status() == 200);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() ->
            client.get("/api/v1/messages/00000000-0000-7000-8000-000000000000").status() == 404);
    return client;
  }

  /** Whoever runs the stack. */
  static Client operator(PosthornStack stack) {
    return new Client(stack.apiUrl(), stack.adminKey(), "");
  }

  /** The same client at one process of intake, past the front door. */
  Client at(String serviceUrl) {
    return new Client(serviceUrl, key, id);
  }

  /** The same client with the secret that replaced its own. */
  Client withKey(String renewed) {
    return new Client(api, renewed, id);
  }

  /** The id of this client's key. */
  String keyId() {
    return id;
  }

  Answer patch(String path, Object body) {
    return exchange(
        request(path)
            .header("Content-Type", "application/json")
            .method("PATCH", BodyPublishers.ofString(JSON.writeValueAsString(body))));
  }

  Answer delete(String path) {
    return exchange(request(path).DELETE());
  }

  Answer send(Object mail) {
    return post("/api/v1/send", mail);
  }

  Answer post(String path, Object body, String... headers) {
    var request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(JSON.writeValueAsString(body)));
    return exchange(headers.length == 0 ? request : request.headers(headers));
  }

  Answer get(String path) {
    return exchange(request(path).GET());
  }

  /** The message, once it has reached this status. */
  JsonNode awaitStatus(String id, String status) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() ->
            assertThat(get("/api/v1/messages/" + id).body().path("status").asString())
                .isEqualTo(status));
    return get("/api/v1/messages/" + id).body();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(api + path))
        .timeout(Duration.ofSeconds(30))
        .header("X-API-Key", key);
  }

  private static Answer exchange(HttpRequest.Builder request) {
    try {
      var response = HTTP.send(request.build(), BodyHandlers.ofString());
      String body = response.body();
      return new Answer(
          response.statusCode(), response.headers(), JSON.readTree(body.isEmpty() ? "{}" : body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
