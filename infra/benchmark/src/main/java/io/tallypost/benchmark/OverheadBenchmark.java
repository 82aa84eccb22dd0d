package io.tallypost.benchmark;

import io.tallypost.benchmark.OverheadReport.Cost;
import io.tallypost.benchmark.load.Load;
import io.tallypost.benchmark.load.Mails;
import io.tallypost.benchmark.load.Operator;
import io.tallypost.benchmark.load.Schedule;
import io.tallypost.benchmark.load.Sent;
import io.tallypost.benchmark.sink.Deliveries;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.benchmark.stack.CpuTimes;
import io.tallypost.stack.SpanDrain;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The cost of metrics and traces: the CPU of a mail without either, with metrics, and with traces
 * of some and of all mails in addition. Two stacks run side by side, one of which has neither;
 * slices of all four take turns, so that other load on the machine falls on each of them.
 *
 * <p>The {@code traceparent} of each request decides which mails are traced, as a caller's would;
 * so slices with and without traces come from the same processes, and differ in nothing else.
 * Metrics are decided at a service's start: no two processes compile and collect alike, so each
 * pair of stacks is replaced by another.
 *
 * @param rate the offered rate per second
 * @param slice the length of a slice
 * @param rounds of four slices with each pair of stacks
 * @param stacks the number of pairs, one after the other
 * @param warmUp how long each stack is warmed up
 */
record OverheadBenchmark(int rate, Duration slice, int rounds, int stacks, Duration warmUp) {
  private static final int CLIENTS = 32;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** As Prometheus does by default here. */
  private static final Duration SCRAPE = Duration.ofSeconds(15);

  /** Until the last spans are exported, which is done every 5 s; all slices wait as long. */
  private static final Duration SETTLE = Duration.ofSeconds(6);

  /** No meter counts, no request is observed, nothing is exported. */
  private static final Map<String, String> NEITHER =
      Map.of(
          "MANAGEMENT_DEFAULTS_METRICS_EXPORT_ENABLED", "false",
          "MANAGEMENT_OBSERVATIONS_ENABLE_ALL", "false");

  /** A stack, and how it is used. */
  private record Side(BenchmarkStack stack, String key, Deliveries deliveries) {
    static Side of(BenchmarkStack stack) {
      var operator = new Operator(stack.intake(), stack.operatorKey());
      return new Side(
          stack, operator.make(1).getFirst().plaintext(), new Deliveries(stack.sink().journal()));
    }
  }

  boolean run(Path root) throws IOException, InterruptedException {
    List<Map<Sight, Cost>> results = new ArrayList<>();
    try (SpanDrain collector = SpanDrain.start()) {
      for (int pair = 0; pair < stacks; pair++) {
        try (BenchmarkStack without = BenchmarkStack.start(root, NEITHER);
            BenchmarkStack with =
                BenchmarkStack.start(
                    root, Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()))) {
          results.addAll(measure(Side.of(without), Side.of(with)));
        }
      }
    }
    return new OverheadReport(rate, slice, results).print();
  }

  private List<Map<Sight, Cost>> measure(Side without, Side with) throws InterruptedException {
    Duration third = warmUp.dividedBy(3);
    cost(without, Sight.NEITHER, warmUp);
    for (Sight sight : List.of(Sight.METRICS, Sight.TENTH, Sight.ALL)) {
      cost(with, sight, third);
    }
    List<Map<Sight, Cost>> results = new ArrayList<>();
    List<Sight> order = new ArrayList<>(Arrays.asList(Sight.values()));
    for (int round = 0; round < rounds; round++) {
      Map<Sight, Cost> costs = new EnumMap<>(Sight.class);
      for (Sight sight : order) {
        costs.put(sight, cost(sight == Sight.NEITHER ? without : with, sight, slice));
      }
      results.add(costs);
      Collections.rotate(order, 1);
    }
    return results;
  }

  private Cost cost(Side side, Sight sight, Duration duration) throws InterruptedException {
    double spansBefore = sight == Sight.NEITHER ? 0 : spans(side.stack());
    CpuTimes before = side.stack().cpu();
    List<Sent> sent = offer(side, sight, duration);
    Set<String> accepted =
        sent.stream().filter(Sent::accepted).map(Sent::messageId).collect(Collectors.toSet());
    side.deliveries().await(accepted, PATIENCE);
    Thread.sleep(SETTLE);
    CpuTimes cpu = side.stack().cpu().since(before);
    if (accepted.size() < sent.size()
        || accepted.stream().anyMatch(id -> side.deliveries().atMicros(id) == null)) {
      throw new IllegalStateException(
          "%s: of %d mails %d were accepted, and not all were delivered"
              .formatted(sight, sent.size(), accepted.size()));
    }
    double spans = sight == Sight.NEITHER ? 0 : spans(side.stack()) - spansBefore;
    return new Cost(
        BenchmarkStack.PARTS.stream()
            .collect(
                Collectors.toMap(
                    part -> part, part -> cpu.of(part).toNanos() / 1e6 / accepted.size())),
        spans / accepted.size());
  }

  private List<Sent> offer(Side side, Sight sight, Duration duration) {
    var load =
        new Load(
            CLIENTS,
            _ -> new HttpConnection(side.stack().intake()),
            request -> Mails.request(side.key(), sight.traceparent(request)));
    try (var prometheus = Executors.newSingleThreadScheduledExecutor()) {
      if (sight != Sight.NEITHER) {
        var _ =
            prometheus.scheduleAtFixedRate(
                side.stack()::metrics, 0, SCRAPE.toMillis(), TimeUnit.MILLISECONDS);
      }
      List<Sent> sent = load.offer(new Schedule(rate, duration));
      prometheus.shutdownNow();
      return sent;
    }
  }

  /** How many were exported so far. Unexported ones would have cost too little. */
  private static double spans(BenchmarkStack stack) {
    double exported = 0;
    for (String line : stack.metrics().lines().toList()) {
      if (line.startsWith("tallypost_spans_total{")) {
        double count = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        if (line.contains("fate=\"exported\"")) {
          exported += count;
        } else if (count > 0) {
          throw new IllegalStateException("not all spans were exported: " + line);
        }
      }
    }
    return exported;
  }
}
