package io.tallypost.stack.launcher;

import io.tallypost.stack.Patience;
import io.tallypost.stack.cli.Between;
import io.tallypost.stack.cli.Console;
import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.cli.WholeNumber;
import io.tallypost.stack.control.StackFile;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code stack replay}: replays dead letters on a running stack, and shows how far it is. */
@Command(
    name = "replay",
    description = "Replays the dead letters that wait and match, and shows the progress.")
final class ReplayCommand implements Callable<Integer> {
  private static final List<String> FILTERS =
      List.of("tenant", "category", "relay", "smtp_code", "recipient_domain", "since", "until");

  /** No replay of one machine's letters takes longer; it goes on without this command. */
  private static final Duration LONGEST = Duration.ofHours(1);

  @Parameters(
      paramLabel = "NAME=VALUE",
      description =
          "only those that match; NAME is tenant, category, relay, smtp_code, recipient_domain, since or until")
  private List<String> filters = new ArrayList<>();

  @Option(
      names = "--rate",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description = "how many a second at most")
  @Between(min = 1, max = 1000)
  private Optional<Integer> rate = Optional.empty();

  @Option(names = "--relay", paramLabel = "ID", description = "the relay to send them to")
  private Optional<String> relay = Optional.empty();

  @Option(names = "--dry-run", description = "only count them")
  private boolean dryRun;

  @Mixin private DataOption data = new DataOption();

  /** What is posted to {@code /api/v1/admin/replays}. */
  Map<String, Object> body() {
    Map<String, Object> filter = new LinkedHashMap<>();
    filters.forEach(word -> addFilter(filter, word));
    Map<String, Object> body = new LinkedHashMap<>(Map.of("filter", filter));
    rate.ifPresent(number -> body.put("rate_per_second", number));
    relay.ifPresent(id -> body.put("relay_id", id));
    if (dryRun) {
      body.put("dry_run", true);
    }
    return body;
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
  @Override
  public Integer call() {
    Map<String, Object> body = body();
    Console console = new Console(System.out);
    JsonNode stack = StackFile.read(data.data());
    Api api = new Api(URI.create(stack.path("api").asString()));
    String key = stack.path("admin_key").asString();
    JsonNode answer = api.replay(key, body);
    if (!answer.has("id")) {
      console.line(
          "%d letters would be replayed: %s".formatted(answer.path("total").asInt(), answer));
      return 0;
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
    return 0;
  }
}
