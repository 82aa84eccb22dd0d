package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.load.Mails;
import io.tallypost.benchmark.load.Operator;
import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.benchmark.stack.ChartMemory;
import io.tallypost.stack.client.HeapHistogram;
import io.tallypost.stack.client.HttpConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Whether the keys of one tenant fit the memory that the chart gives each service: what lives in
 * the heaps after a full collection, without them, with them, and with the most that may narrow
 * each of them.
 */
record KeyMemoryBenchmark(int keys) {
  /** Above it collections take more and more of the CPU. */
  private static final int MOST_PERCENT = 70;

  private static final int ENTRIES = 100;
  private static final String KEY = "io.tallypost.keys.ApiKeyState";
  private static final String DOMAIN = "io.tallypost.keys.DomainRule";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final double MEGABYTE = 1024.0 * 1024;

  /** A little less than the 8 192 characters that are allowed, in as many entries as are. */
  private static final Map<String, List<String>> NARROWED =
      Map.of(
          "allowed_sender_domains", list("s%03d.mail.of.customers.example"),
          "allowed_recipient_domains", list("r%03d.mail.of.customers.example"),
          "allowed_cidrs", list("2001:db8:0:%d::/64"));

  private static List<String> list(String entry) {
    return IntStream.range(0, ENTRIES).mapToObj(entry::formatted).toList();
  }

  boolean run(Path root) throws IOException {
    Map<String, ChartMemory> chart = ChartMemory.read(root);
    try (BenchmarkStack stack = BenchmarkStack.start(root, settings(chart))) {
      var operator = new Operator(stack.intake(), stack.operatorKey());
      Operator.Key first = operator.make(1).getFirst();
      Map<String, Long> without = live(stack, KEY, 1);
      List<Operator.Key> made = operator.make(keys);
      Map<String, Long> plain = live(stack, KEY, keys);
      operator.change(made, NARROWED);
      Map<String, Long> narrowed = live(stack, DOMAIN, 2L * ENTRIES * keys);
      System.out.printf(
          ROOT,
          """
          %d keys of one tenant; MB that live in the heap after a full collection

          | service | chart's memory | its heap | without | with plain keys | bytes per key | with narrowed ones | bytes per key |
          |---|---|---|---|---|---|---|---|
          """,
          keys);
      boolean good = true;
      for (String service : BenchmarkStack.SERVICES) {
        good &=
            row(
                service,
                of(chart, service),
                of(without, service),
                of(plain, service),
                of(narrowed, service));
      }
      return stillAccepts(stack, first) && good;
    }
  }

  private static Map<String, String> settings(Map<String, ChartMemory> chart) {
    Map<String, String> settings = new HashMap<>();
    // Making the keys at the default cost would take a quarter of an hour.
    settings.put("TALLYPOST_KEYS_BCRYPT_COST", "4");
    settings.put("STACK_JAVA_OPTS", BenchmarkStack.JAVA_OPTIONS + " -XX:+UseCompactObjectHeaders");
    chart.forEach((service, memory) ->
        settings.put(
            "STACK_HEAP_" + service.toUpperCase(ROOT), "-Xmx" + memory.heapMegabytes() + "m"));
    return settings;
  }

  /** What lives in each service once it knows that many of what intake has published. */
  private static Map<String, Long> live(BenchmarkStack stack, String className, long instances)
      throws IOException {
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (String service : BenchmarkStack.SERVICES) {
      Instant end = Instant.now().plus(PATIENCE);
      HeapHistogram seen = HeapHistogram.of(stack.pid(service));
      while (seen.instances(className) < instances) {
        if (Instant.now().isAfter(end)) {
          throw new IOException(
              "%s knows %d of %d %s"
                  .formatted(service, seen.instances(className), instances, className));
        }
        LockSupport.parkNanos(PAUSE.toNanos());
        seen = HeapHistogram.of(stack.pid(service));
      }
      bytes.put(service, seen.bytes());
    }
    return bytes;
  }

  /** Prints it, and tells whether it fits. */
  private boolean row(String service, ChartMemory chart, long without, long plain, long narrowed) {
    System.out.printf(
        ROOT,
        "| %s | %d | %d | %.1f | %.1f | %d | %.1f | %d |%n",
        service,
        chart.megabytes(),
        chart.heapMegabytes(),
        without / MEGABYTE,
        plain / MEGABYTE,
        (plain - without) / keys,
        narrowed / MEGABYTE,
        (narrowed - without) / keys);
    return narrowed < chart.heapMegabytes() * MEGABYTE * MOST_PERCENT / 100;
  }

  private static boolean stillAccepts(BenchmarkStack stack, Operator.Key key) throws IOException {
    try (var connection = new HttpConnection(stack.intake())) {
      int status = connection.exchange(Mails.request(key.plaintext())).status();
      System.out.printf(ROOT, "%nA mail sent afterwards is answered %d.%n", status);
      return status == 202;
    }
  }

  private static <T> T of(Map<String, T> all, String service) {
    return Objects.requireNonNull(all.get(service), service);
  }
}
