package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.Load;
import io.tallypost.benchmark.load.Mails;
import io.tallypost.benchmark.load.Operator;
import io.tallypost.benchmark.load.Schedule;
import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.sink.Deliveries;
import io.tallypost.benchmark.sink.SinkProcess;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The effect on one tenant's mail while the relay of another hangs on every send. Slices without
 * and with the hanging relay take turns, so that other load on the machine slows both down alike.
 *
 * @param rate what is offered a second, half of it by each tenant
 * @param slice how long a slice is
 * @param rounds how many slices of each kind there are
 * @param outage how long the last slice with the hanging relay is
 */
record RelaysBenchmark(int rate, Duration slice, int rounds, Duration outage) {
  private static final int CLIENTS = 64;
  private static final Duration WARM_UP = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final int SAMPLES = 200;

  /** The timeline's reasons for mail that was put off without asking the relay. */
  private static final Set<String> NOT_ASKED =
      Set.of("the relay is left in peace after many failures", "the relay is busy");

  private static final double MOST_TIMES_SLOWER = 2;

  /**
   * The first delay is that of production, so that parked mail makes no more work than there; the
   * others are shorter, or a run would last as long as mail is parked.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "TALLYPOST_DELIVERY_RETRY_DELAYS", "30s,60s",
          "TALLYPOST_DELIVERY_RETRY_LONGEST_PARKING", "60s");

  /** A tenant with a relay of its own. */
  private record Tenant(String name, Load load, SinkProcess sink, Deliveries deliveries) {}

  boolean run(Path root) throws IOException {
    Path directory = Files.createTempDirectory("tallypost-bench");
    try (BenchmarkStack stack = BenchmarkStack.start(root, SETTINGS);
        SinkProcess one = SinkProcess.start(directory);
        SinkProcess other = SinkProcess.start(directory)) {
      var operator = new Operator(stack.intake(), stack.operatorKey());
      Tenant hanging = tenant(operator, "hanging", one);
      Tenant well = tenant(operator, "well", other);
      Set<String> expected = new HashSet<>();
      offer(hanging, well, WARM_UP, expected);
      drained(hanging, expected);

      List<Sent> without = new ArrayList<>();
      List<Sent> with = new ArrayList<>();
      List<String> drains = new ArrayList<>();
      boolean drained = true;
      for (int round = 1; round <= rounds; round++) {
        without.addAll(offer(hanging, well, slice, expected));
        one.hang();
        with.addAll(offer(hanging, well, round == rounds ? outage : slice, expected));
        one.recover();
        long back = System.nanoTime();
        drained &= drained(hanging, expected);
        drains.add(Duration.ofNanos(System.nanoTime() - back).toSeconds() + " s");
      }
      well.deliveries().await(accepted(with), PATIENCE);
      boolean held = report(well, without, with);
      System.out.printf(
          ROOT,
          "%nthe hanging relay's mail: %d accepted, %d delivered, %d copies, drained %s after its relay was back%n",
          expected.size(),
          hanging.deliveries().distinct(),
          hanging.deliveries().copies(),
          String.join(", ", drains));
      return held && drained && wasSpared(stack, expected);
    }
  }

  private static Tenant tenant(Operator operator, String name, SinkProcess sink)
      throws IOException {
    var intake = operator.intake();
    operator.create("/api/v1/admin/tenants", Map.of("id", name, "name", name));
    operator.create(
        "/api/v1/admin/relays",
        Map.of(
            "name", "main",
            "tenant", name,
            "host", "127.0.0.1",
            "port", sink.port(),
            "security", "none"));
    JsonNode key =
        operator.create(
            "/api/v1/admin/api-keys",
            Map.of("name", name, "tenant", name, "daily_limit", "unlimited"));
    byte[] request = Mails.request(key.path("api_key").asString());
    var load = new Load(CLIENTS, _ -> new HttpConnection(intake), _ -> request);
    return new Tenant(name, load, sink, new Deliveries(sink.journal()));
  }

  /** Both tenants send at once; returns the mail of the healthy one. */
  private List<Sent> offer(Tenant hanging, Tenant well, Duration duration, Set<String> expected) {
    var half = new Schedule(rate / 2.0, duration);
    CompletableFuture<List<Sent>> others =
        CompletableFuture.supplyAsync(() -> hanging.load().offer(half));
    List<Sent> sent = well.load().offer(half);
    expected.addAll(accepted(others.join()));
    return sent;
  }

  private static boolean drained(Tenant tenant, Set<String> expected) {
    tenant.deliveries().await(expected, PATIENCE);
    return expected.stream().allMatch(id -> tenant.deliveries().atMicros(id) != null);
  }

  private static Set<String> accepted(List<Sent> sent) {
    return sent.stream().filter(Sent::accepted).map(Sent::messageId).collect(Collectors.toSet());
  }

  private boolean report(Tenant well, List<Sent> without, List<Sent> with) {
    System.out.printf(
        ROOT,
        """

        | the other relay | offered/s in all | mails of this one | accepted | delivered | POST → 250 p50 | p95 | p99 |
        |---|---|---|---|---|---|---|---|
        """);
    row("is well", well, without);
    row("hangs", well, with);
    double median = percentile(well, with, 50) / percentile(well, without, 50);
    double p99 = percentile(well, with, 99) / percentile(well, without, 99);
    System.out.printf(
        ROOT,
        "%nwith the hanging relay the median is %.2f, the p99 %.2f of without%n",
        median,
        p99);
    return median <= MOST_TIMES_SLOWER
        && p99 <= MOST_TIMES_SLOWER
        && Stream.concat(without.stream(), with.stream())
            .allMatch(
                sent -> sent.accepted() && well.deliveries().atMicros(sent.messageId()) != null);
  }

  private void row(String name, Tenant well, List<Sent> sent) {
    System.out.printf(
        ROOT,
        "| %s | %d | %d | %d | %d | %s |%n",
        name,
        rate,
        sent.size(),
        sent.stream().filter(Sent::accepted).count(),
        latencies(well, sent).count(),
        Latencies.of(latencies(well, sent)).cells());
  }

  private static double percentile(Tenant well, List<Sent> sent, double percent) {
    return Latencies.of(latencies(well, sent)).percentile(percent);
  }

  private static Stream<Duration> latencies(Tenant well, List<Sent> sent) {
    return sent.stream()
        .filter(Sent::accepted)
        .filter(mail -> well.deliveries().atMicros(mail.messageId()) != null)
        .map(mail ->
            Duration.ofNanos(
                1000
                    * (Objects.requireNonNull(well.deliveries().atMicros(mail.messageId()))
                        - mail.dueMicros())));
  }

  /** No mail is dead, and parked mail has used up no attempts. */
  private static boolean wasSpared(BenchmarkStack stack, Set<String> expected) throws IOException {
    var audit = new Operator(stack.audit(), stack.operatorKey());
    int dead = audit.get("/api/v1/admin/dead-letters?tenant=hanging").path("items").size();
    List<String> ids = expected.stream().sorted().toList();
    int step = Math.max(1, ids.size() / SAMPLES);
    int parked = 0;
    int tried = 0;
    int wrong = 0;
    for (int i = 0; i < ids.size(); i += step) {
      String id = ids.get(i).substring(1, ids.get(i).indexOf('@'));
      int counted = 0;
      int uncounted = 0;
      JsonNode message = audit.get("/api/v1/messages/" + id);
      for (JsonNode event : message.path("timeline")) {
        if (event.path("event").asString("").equals("deferred")) {
          boolean notAsked = NOT_ASKED.contains(event.path("detail").asString(""));
          uncounted += notAsked ? 1 : 0;
          counted += notAsked ? 0 : 1;
        }
      }
      int attempt = message.path("recipients").path(0).path("attempt").asInt();
      parked += uncounted > 0 ? 1 : 0;
      tried += counted > 0 ? 1 : 0;
      wrong += attempt == counted + 1 ? 0 : 1;
    }
    System.out.printf(
        ROOT,
        "%d dead letters; of %d of its mails looked up %d were parked, %d tried more than once, and %d have another number of attempts than of tries%n",
        dead,
        Math.ceilDiv(ids.size(), step),
        parked,
        tried,
        wrong);
    return dead == 0 && wrong == 0;
  }
}
