package io.tallypost.benchmark.load;

import io.tallypost.stack.Parallel;
import io.tallypost.stack.rest.RestClient;
import io.tallypost.stack.rest.RestClient.Answer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/** Makes and deletes keys through the admin API, many at once. */
public record Operator(URI intake, String operatorKey) {
  private static final String KEYS = "/api/v1/admin/api-keys";
  private static final int CLIENTS = 16;
  private static final int MOST_REPEATS = 10;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** A key as its owner holds it. */
  public record Key(String id, String plaintext) {
    @Override
    public String toString() {
      return "Key[" + id + "]";
    }
  }

  public List<Key> make(int count) {
    return each(
        count,
        index -> {
          String name = "bench-" + System.nanoTime() + "-" + index;
          JsonNode made = create(KEYS, Map.of("name", name, "daily_limit", "unlimited"));
          return new Key(made.path("id").asString(), made.path("api_key").asString());
        });
  }

  public void delete(List<Key> keys) {
    each(keys.size(), index -> expect(204, () -> rest().delete(KEYS + "/" + keys.get(index).id())));
  }

  /** Changes each key by this body. */
  public void change(List<Key> keys, Map<String, ?> body) {
    each(
        keys.size(),
        index -> expect(200, () -> rest().patch(KEYS + "/" + keys.get(index).id(), body)));
  }

  /** Uses each key once, so that its bcrypt is behind it. */
  public void authenticate(List<Key> keys) {
    each(
        keys.size(),
        index ->
            expect(
                404,
                () ->
                    RestClient.of(intake.toString())
                        .withKey(keys.get(index).plaintext())
                        .get("/api/v1/nothing")));
  }

  /** Makes what this body describes. */
  public JsonNode create(String path, Map<String, ?> body) {
    return expect(201, () -> rest().post(path, body)).json();
  }

  public JsonNode get(String path) {
    return expect(200, () -> rest().get(path)).json();
  }

  private RestClient rest() {
    return RestClient.of(intake.toString()).withKey(operatorKey);
  }

  private static Answer expect(int status, Supplier<Answer> request) {
    Answer answer = request.get();
    for (int again = 0; again < MOST_REPEATS && answer.status() == 503; again++) {
      // PostgreSQL has just started, and sixteen callers come at once.
      LockSupport.parkNanos(PAUSE.toNanos());
      answer = request.get();
    }
    if (answer.status() != status) {
      throw new IllegalStateException(
          "%s answered %d: %s".formatted(answer.uri(), answer.status(), answer.text()));
    }
    return answer;
  }

  private static <T> List<T> each(int count, IntFunction<T> call) {
    return Parallel.calls(CLIENTS, count, call);
  }
}
