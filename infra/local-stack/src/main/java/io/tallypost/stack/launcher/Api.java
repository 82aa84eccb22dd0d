package io.tallypost.stack.launcher;

import io.tallypost.stack.Patience;
import io.tallypost.stack.rest.RestClient;
import io.tallypost.stack.rest.RestClient.Answer;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** What the launcher asks of Tallypost's REST API; all else than what it expects is a failure. */
final class Api {

  /** A new key is on its way to the services, or a service is starting: worth asking again. */
  private static final Set<Integer> PASSING = Set.of(401, 404, 502, 503, 504);

  private static final Duration PASSING_PATIENCE = Duration.ofSeconds(15);

  private final RestClient rest;

  Api(URI base) {
    this.rest = RestClient.of(base.toString());
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
    return expect(() -> rest.withKey(operatorKey).get("/api/v1/admin/replays/" + id));
  }

  JsonNode message(String key, String id) {
    return expect(() -> rest.withKey(key).get("/api/v1/messages/" + id));
  }

  /** Any JSON that can be read without a key. */
  JsonNode get(String path) {
    return expect(() -> rest.get(path));
  }

  String text(String path) {
    return call(() -> rest.get(path)).text();
  }

  private JsonNode post(String path, String key, Map<String, Object> body) {
    return expect(() -> rest.withKey(key).post(path, body));
  }

  private static JsonNode expect(Supplier<Answer> request) {
    Answer answer =
        Patience.first(
                PASSING_PATIENCE,
                () -> Optional.of(call(request)).filter(got -> !PASSING.contains(got.status())))
            .orElseGet(() -> call(request));
    if (answer.status() / 100 != 2) {
      throw new IllegalStateException(
          "%s answered %d: %s".formatted(answer.uri(), answer.status(), answer.text().strip()));
    }
    return answer.json();
  }

  private static Answer call(Supplier<Answer> request) {
    try {
      return request.get();
    } catch (UncheckedIOException noAnswer) {
      throw new IllegalStateException(noAnswer.getMessage(), noAnswer);
    }
  }
}
