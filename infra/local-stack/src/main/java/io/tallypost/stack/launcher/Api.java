package io.tallypost.stack.launcher;

import io.tallypost.stack.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tallypost's REST API as a client sees it. */
final class Api {

  /** A new key is on its way to the services, or a service is starting: worth asking again. */
  private static final Set<Integer> PASSING = Set.of(401, 404, 502, 503, 504);

  private static final Duration PASSING_PATIENCE = Duration.ofSeconds(15);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final JsonMapper json = JsonMapper.builder().build();
  private final URI base;

  Api(URI base) {
    this.base = base;
  }

  /** The plaintext of a new key. */
  JsonNode createKey(String operatorKey, String name, int dailyLimit) {
    return post(
        "/api/v1/admin/api-keys", operatorKey, Map.of("name", name, "daily_limit", dailyLimit));
  }

  JsonNode send(String key, Map<String, Object> mail) {
    return post("/api/v1/send", key, mail);
  }

  /** A new replay of dead letters, or the counts of a dry run. */
  JsonNode replay(String operatorKey, Map<String, Object> body) {
    return post("/api/v1/admin/replays", operatorKey, body);
  }

  /** The progress of a replay. */
  JsonNode replay(String operatorKey, String id) {
    return expect(200, request("/api/v1/admin/replays/" + id, operatorKey).GET().build());
  }

  JsonNode message(String key, String id) {
    return expect(200, request("/api/v1/messages/" + id, key).GET().build());
  }

  /** Any JSON that can be read without a key. */
  JsonNode get(String path) {
    return expect(200, HttpRequest.newBuilder(base.resolve(path)).build());
  }

  String text(String path) {
    return call(HttpRequest.newBuilder(base.resolve(path)).build()).body();
  }

  private JsonNode post(String path, String key, Map<String, Object> body) {
    return expect(
        2,
        request(path, key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(json.writeValueAsString(body)))
            .build());
  }

  private HttpRequest.Builder request(String path, String key) {
    return HttpRequest.newBuilder(base.resolve(path))
        .timeout(Duration.ofSeconds(20))
        .header("X-API-Key", key);
  }

  private JsonNode expect(int status, HttpRequest request) {
    Optional<HttpResponse<String>> answer =
        Patience.first(
            PASSING_PATIENCE,
            () -> Optional.of(call(request)).filter(got -> !PASSING.contains(got.statusCode())));
    HttpResponse<String> response = answer.orElseGet(() -> call(request));
    if (response.statusCode() != status && response.statusCode() / 100 != status) {
      throw new IllegalStateException(
          "%s %s was answered %d: %s"
              .formatted(
                  request.method(), request.uri(), response.statusCode(), response.body().strip()));
    }
    try {
      return json.readTree(response.body());
    } catch (JacksonException malformed) {
      throw new IllegalStateException("no JSON from " + request.uri(), malformed);
    }
  }

  private HttpResponse<String> call(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException failure) {
      throw new IllegalStateException("no answer from " + request.uri(), failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }
}
