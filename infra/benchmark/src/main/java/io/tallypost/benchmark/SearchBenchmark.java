package io.tallypost.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.SendLog;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * How fast {@code GET /api/v1/messages} finds mail in a large send log: each filter by itself and
 * several at once, of one tenant and of all, over HTTP at audit-service.
 *
 * @param rows how many messages there are
 * @param repeats how often each is asked for, with other values every time
 */
record SearchBenchmark(int rows, int repeats) {
  /** The limit of the whole answer, in 19 of 20 cases. */
  private static final double MOST_MILLIS = 50;

  private static final int WARM_UP = 20;

  /** The same values in every run. */
  private static final long SEED = 6;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private record Search(String name, Supplier<String> query) {}

  private record Found(List<Duration> took, long items) {}

  boolean run(Path root) throws IOException, SQLException {
    try (BenchmarkStack stack = BenchmarkStack.start(root, Map.of());
        SendLog log = SendLog.of(stack.postgres());
        var audit = new HttpConnection(stack.audit())) {
      long began = System.nanoTime();
      log.fill(rows);
      System.out.printf(
          ROOT,
          "%d messages filled in in %d s%n%n| searched by | p50 (ms) | p95 | p99 | found on average |%n|---|---|---|---|---|%n",
          rows,
          Duration.ofNanos(System.nanoTime() - began).toSeconds());
      boolean good = true;
      for (Search search : searches(log, audit, stack.operatorKey())) {
        ask(audit, stack.operatorKey(), search, WARM_UP);
        Found found = ask(audit, stack.operatorKey(), search, repeats);
        var latencies = Latencies.of(found.took().stream());
        System.out.printf(
            ROOT,
            "| %s | %s | %.1f |%n",
            search.name(),
            latencies.cells(),
            (double) found.items() / repeats);
        good &= latencies.percentile(95) < MOST_MILLIS;
      }
      usage(audit, stack.operatorKey());
      System.out.printf(
          ROOT, "%n%s%n", good ? "every p95 is below 50 ms" : "FAILED: a p95 is not below 50 ms");
      return good;
    }
  }

  private List<Search> searches(SendLog log, HttpConnection audit, String key) throws IOException {
    var random = new Random(SEED);
    Supplier<String> tenant = () -> "tenant=bench-" + random.nextInt(SendLog.TENANTS);
    Supplier<String> recipient =
        () -> "recipient=user" + random.nextInt(SendLog.recipients(rows)) + "@example.org";
    Supplier<String> sender =
        () -> "sender=sender" + random.nextInt(SendLog.SENDERS) + "@acme.example";
    Supplier<String> subject =
        () -> "subject=" + URLEncoder.encode("your ORDER " + random.nextInt(rows) + " ", UTF_8);
    Supplier<String> week =
        () -> {
          int age = random.nextInt(7, SendLog.DAYS);
          return "since=%sT06:00:00Z&until=%sT18:00:00Z".formatted(log.day(age), log.day(age - 6));
        };
    String later = later(audit, key);
    return List.of(
        new Search("nothing, of a tenant", tenant),
        new Search("nothing, of all", () -> ""),
        new Search("nothing, the third page of all", () -> later),
        new Search("recipient, of a tenant", () -> tenant.get() + "&" + recipient.get()),
        new Search("recipient, of all", recipient),
        new Search("sender, of a tenant", () -> tenant.get() + "&" + sender.get()),
        new Search("sender, of all", sender),
        new Search("subject that one mail has, of all", subject),
        new Search("subject that all have", () -> tenant.get() + "&subject=your+order"),
        new Search("subject that none has", () -> tenant.get() + "&subject=nothing"),
        new Search("status failed (1 in 1000), of a tenant", () -> tenant.get() + "&status=failed"),
        new Search("status failed, of all", () -> "status=failed"),
        new Search("status delivered, of a tenant", () -> tenant.get() + "&status=delivered"),
        new Search("status queued, which none has", () -> tenant.get() + "&status=queued"),
        new Search("request id", () -> "request_id=request-" + random.nextInt(rows)),
        new Search("a week, of a tenant", () -> tenant.get() + "&" + week.get()),
        new Search(
            "recipient, failed, a week", () -> recipient.get() + "&status=failed&" + week.get()),
        new Search(
            "sender, failed, of a tenant",
            () -> tenant.get() + "&" + sender.get() + "&status=failed"));
  }

  /** Not a search: it reads all rows of days that are not summed up yet, and may take seconds. */
  private static void usage(HttpConnection audit, String key) throws IOException {
    System.out.printf("%nadding up the usage of 30 days took");
    for (int i = 0; i < 3; i++) {
      long began = System.nanoTime();
      get(audit, key, "/api/v1/admin/usage?days=30");
      System.out.printf(ROOT, " %d", Duration.ofNanos(System.nanoTime() - began).toMillis());
    }
    System.out.println(" ms");
  }

  private static String later(HttpConnection audit, String key) throws IOException {
    String query = "";
    for (int page = 1; page < 3; page++) {
      JsonNode answer = JSON.readTree(answer(audit, key, query));
      query = "cursor=" + answer.path("next_cursor").asString();
    }
    return query;
  }

  private static Found ask(HttpConnection audit, String key, Search search, int times)
      throws IOException {
    List<Duration> took = new ArrayList<>();
    long items = 0;
    for (int i = 0; i < times; i++) {
      String query = search.query().get();
      long began = System.nanoTime();
      String body = answer(audit, key, query);
      took.add(Duration.ofNanos(System.nanoTime() - began));
      items += JSON.readTree(body).path("items").size();
    }
    return new Found(took, items);
  }

  private static String answer(HttpConnection audit, String key, String query) throws IOException {
    return get(audit, key, "/api/v1/messages?" + query);
  }

  private static String get(HttpConnection audit, String key, String path) throws IOException {
    var answer = audit.exchange(HttpConnection.request("GET", path, key, ""));
    if (answer.status() != 200) {
      throw new IOException(
          "%s was answered %d: %s".formatted(path, answer.status(), answer.body()));
    }
    return answer.body();
  }
}
