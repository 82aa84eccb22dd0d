package io.tallypost.intake;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the API, over real HTTP. */
public final class Client {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = new JsonMapper();

  private final String base;
  private final @Nullable String key;

  public Client(int port, @Nullable String key) {
    this("http://127.0.0.1:" + port, key);
  }

  private Client(String base, @Nullable String key) {
    this.base = base;
    this.key = key;
  }

  /** The same client with another key; null for none. */
  public Client with(@Nullable String otherKey) {
    return new Client(base, otherKey);
  }

  /** An answer, with its body as JSON. */
  public record Answer(int status, java.net.http.HttpHeaders headers, JsonNode body) {
    public String header(String name) {
      return headers.firstValue(name).orElse("(none)");
    }

    public String text(String field) {
      return body.path(field).asString("(none)");
    }

    /** The pointers of a 422's errors. */
    public List<String> pointers() {
      return body.path("errors").values().stream()
          .map(error -> error.path("pointer").asString())
          .toList();
    }
  }

  public Answer send(String json, String... headers) {
    return call("POST", "/api/v1/send", json, headers);
  }

  public Answer get(String path) {
    return call("GET", path, null);
  }

  /** Calls with a JSON body, or with none. */
  public Answer call(String method, String path, @Nullable String json, String... headers) {
    HttpRequest.BodyPublisher body =
        json == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(json);
    return call(method, path, body, "application/json", headers);
  }

  /** Sends a body in chunks, without saying its length. */
  public Answer sendChunked(byte[] body) {
    return call(
        "POST",
        "/api/v1/send",
        HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)),
        "application/json");
  }

  /** Calls with any body. */
  public Answer call(
      String method,
      String path,
      HttpRequest.BodyPublisher body,
      String contentType,
      String... headers) {
    var request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", contentType)
            .method(method, body);
    if (key != null) {
      request.header("X-API-Key", key);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      var response =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      String text = response.body();
      return new Answer(
          response.statusCode(),
          response.headers(),
          text.isEmpty() ? JSON.createObjectNode() : JSON.readTree(text));
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
