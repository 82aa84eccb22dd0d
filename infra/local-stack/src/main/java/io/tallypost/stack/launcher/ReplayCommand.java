package io.tallypost.stack.launcher;

import io.tallypost.stack.Patience;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * {@code stack replay}: replays dead letters on a running stack, and shows how far it is.
 *
 * @param body what is posted to {@code /api/v1/admin/replays}
 */
record ReplayCommand(Map<String, Object> body, Path data) {
  private static final List<String> FILTERS =
      List.of("tenant", "category", "relay", "smtp_code", "recipient_domain", "since", "until");

  /** No replay of one machine's letters takes longer; it goes on without this command. */
  private static final Duration LONGEST = Duration.ofHours(1);

  static ReplayCommand parse(List<String> words, Path defaultData) {
    Arguments arguments = new Arguments(words);
    Map<String, Object> filter = new LinkedHashMap<>();
    Map<String, Object> body = new LinkedHashMap<>(Map.of("filter", filter));
    Path data = defaultData;
    while (!arguments.isEmpty()) {
      boolean word = arguments.nextIsWord();
      String next = arguments.next();
      if (word) {
        addFilter(filter, next);
        continue;
      }
      switch (next) {
        case "--rate" -> body.put("rate_per_second", arguments.numberOf(next, 1, 1000));
        case "--relay" -> body.put("relay_id", arguments.valueOf(next));
        case "--dry-run" -> body.put("dry_run", true);
        case "--data" -> data = Path.of(arguments.valueOf(next));
        default -> throw new UsageException("unknown argument " + next + "; see stack --help");
      }
    }
    return new ReplayCommand(body, data);
  }

  private static void addFilter(Map<String, Object> filter, String word) {
    int equals = word.indexOf('=');
    if (equals < 1 || !FILTERS.contains(word.substring(0, equals))) {
      throw new UsageException(
          "%s is no filter: NAME=VALUE, with a name of %s"
              .formatted(word, String.join(", ", FILTERS)));
    }
    filter.put(word.substring(0, equals), word.substring(equals + 1));
  }

  /** Returns when the replay is over. */
  void run(Console console) {
    JsonNode stack = StackFile.read(data);
    Api api = new Api(URI.create(stack.path("api").asString()));
    String key = stack.path("admin_key").asString();
    JsonNode answer = api.replay(key, body);
    if (!answer.has("id")) {
      console.line(
          "%d letters would be replayed: %s".formatted(answer.path("total").asInt(), answer));
      return;
    }
    String id = answer.path("id").asString();
    console.line("replay %s of %d letters".formatted(id, answer.path("matched").asInt()));
    String[] shown = {""};
    Optional<JsonNode> end =
        Patience.first(
            LONGEST,
            () -> {
              JsonNode now = api.replay(key, id);
              String progress =
                  "%s: %d replayed, %d skipped of %d"
                      .formatted(
                          now.path("state").asString(),
                          now.path("replayed").asInt(),
                          now.path("skipped").asInt(),
                          now.path("matched").asInt());
              if (!progress.equals(shown[0])) {
                console.line(progress);
                shown[0] = progress;
              }
              boolean over =
                  now.has("finished_at") || now.path("state").asString().equals("paused");
              return over ? Optional.of(now) : Optional.empty();
            });
    if (end.isEmpty()) {
      console.line("it goes on; look at /api/v1/admin/replays/" + id);
    }
  }
}
