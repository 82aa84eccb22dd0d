package io.tallypost.stack.rest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A REST API over HTTP/1.1; every call returns what was answered, whatever its status. */
public final class RestClient {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String base;
  private final Duration timeout;
  private final List<String> headers;

  private RestClient(String base, Duration timeout, List<String> headers) {
    this.base = base.replaceFirst("/+$", "");
    this.timeout = timeout;
    this.headers = List.copyOf(headers);
  }

  /** What came back. */
  public record Answer(URI uri, int status, HttpHeaders headers, String text) {
    /**
     * The body as JSON; an empty one is an empty object.
     *
     * @throws IllegalStateException when it is something else
     */
    public JsonNode json() {
      try {
        return JSON.readTree(text.isEmpty() ? "{}" : text);
      } catch (JacksonException malformed) {
        throw new IllegalStateException("no JSON from " + uri, malformed);
      }
    }
  }

  /** A client of the API under this address, whose calls end after 30 s. */
  public static RestClient of(String base) {
    return new RestClient(base, TIMEOUT, List.of());
  }

  /** The same with another time after which a call ends. */
  public RestClient within(Duration limit) {
    return new RestClient(base, limit, headers);
  }

  /** The same with an API key. */
  public RestClient withKey(String key) {
    return with("X-API-Key", key);
  }

  /** The same with one more header. */
  public RestClient with(String name, String value) {
    List<String> more = new ArrayList<>(headers);
    more.addAll(List.of(name, value));
    return new RestClient(base, timeout, more);
  }

  public Answer get(String path) {
    return exchange("GET", path, BodyPublishers.noBody());
  }

  public Answer delete(String path) {
    return exchange("DELETE", path, BodyPublishers.noBody());
  }

  /** POST with this as JSON. */
  public Answer post(String path, Object body) {
    return json("POST", path, body);
  }

  /** PATCH with this as JSON. */
  public Answer patch(String path, Object body) {
    return json("PATCH", path, body);
  }

  private Answer json(String method, String path, Object body) {
    return with("Content-Type", "application/json")
        .exchange(method, path, BodyPublishers.ofString(JSON.writeValueAsString(body)));
  }

  /**
   * Sends any body.
   *
   * @throws UncheckedIOException when there was no answer
   */
  public Answer exchange(String method, String path, BodyPublisher body) {
    URI uri = URI.create(base + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout).method(method, body);
    for (int i = 0; i < headers.size(); i += 2) {
      request.header(headers.get(i), headers.get(i + 1));
    }
    try {
      HttpResponse<String> response = HTTP.send(request.build(), BodyHandlers.ofString());
      return new Answer(uri, response.statusCode(), response.headers(), response.body());
    } catch (IOException failure) {
      throw new UncheckedIOException("no answer from " + uri, failure);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }
}
