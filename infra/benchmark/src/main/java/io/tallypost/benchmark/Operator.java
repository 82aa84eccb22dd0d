package io.tallypost.benchmark;

import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Makes and deletes keys through the admin API, many at once. */
record Operator(URI intake, String operatorKey) {
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int CLIENTS = 16;
  private static final int MOST_REPEATS = 10;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** A key as its owner holds it. */
  record Key(String id, String plaintext) {
    @Override
    public String toString() {
      return "Key[" + id + "]";
    }
  }

  List<Key> make(int count) {
    return each(
        count,
        (connection, index) -> {
          String body =
              JSON.writeValueAsString(
                  Map.of(
                      "name",
                      "bench-" + System.nanoTime() + "-" + index,
                      "daily_limit",
                      "unlimited"));
          JsonNode made =
              JSON.readTree(
                  expect(201, connection, HttpConnection.request("POST", KEYS, operatorKey, body)));
          return new Key(made.path("id").asString(), made.path("api_key").asString());
        });
  }

  void delete(List<Key> keys) {
    each(
        keys.size(),
        (connection, index) ->
            expect(
                204,
                connection,
                HttpConnection.request(
                    "DELETE", KEYS + "/" + keys.get(index).id(), operatorKey, "")));
  }

  /** Changes each key by this body. */
  void change(List<Key> keys, String body) {
    each(
        keys.size(),
        (connection, index) ->
            expect(
                200,
                connection,
                HttpConnection.request(
                    "PATCH", KEYS + "/" + keys.get(index).id(), operatorKey, body)));
  }

  /** Uses each key once, so that its bcrypt is behind it. */
  void authenticate(List<Key> keys) {
    each(
        keys.size(),
        (connection, index) ->
            expect(
                404,
                connection,
                HttpConnection.request("GET", "/api/v1/nothing", keys.get(index).plaintext(), "")));
  }

  /** Makes what this body describes. */
  JsonNode create(String path, Map<String, ?> body) throws IOException {
    try (var connection = new HttpConnection(intake)) {
      String json = JSON.writeValueAsString(body);
      return JSON.readTree(
          expect(201, connection, HttpConnection.request("POST", path, operatorKey, json)));
    }
  }

  JsonNode get(String path) throws IOException {
    try (var connection = new HttpConnection(intake)) {
      return JSON.readTree(
          expect(200, connection, HttpConnection.request("GET", path, operatorKey, "")));
    }
  }

  private static String expect(int status, HttpConnection connection, byte[] request)
      throws IOException {
    HttpConnection.Answer answer = connection.exchange(request);
    for (int again = 0; again < MOST_REPEATS && answer.status() == 503; again++) {
      // PostgreSQL has just started, and sixteen callers come at once.
      LockSupport.parkNanos(PAUSE.toNanos());
      answer = connection.exchange(request);
    }
    if (answer.status() != status) {
      throw new IOException("answered %d: %s".formatted(answer.status(), answer.body()));
    }
    return answer.body();
  }

  private interface Work<T> {
    T with(HttpConnection connection, int index) throws IOException;
  }

  private <T> List<T> each(int count, Work<T> work) {
    List<Callable<List<T>>> clients = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      int first = client;
      clients.add(() -> {
        List<T> results = new ArrayList<>();
        try (var connection = new HttpConnection(intake)) {
          for (int index = first; index < count; index += CLIENTS) {
            results.add(work.with(connection, index));
          }
        }
        return results;
      });
    }
    try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<T> results = new ArrayList<>();
      for (var client : threads.invokeAll(clients)) {
        results.addAll(client.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
