package io.tallypost.benchmark;

import static java.util.Locale.ROOT;

import io.tallypost.benchmark.stack.BenchmarkStack;
import io.tallypost.benchmark.stack.CpuTimes;
import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.client.StackRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * How long the whole stack and each service alone take until they are ready, and what CPU: from the
 * jars as they were built, and unpacked with AOT caches. Both take turns, so that what else runs on
 * the machine slows both down alike.
 *
 * @param rounds how often each is started
 */
record StartupBenchmark(int rounds) {
  private static final List<String> ROLES = List.of("intake", "quota", "worker", "audit");
  private static final String STACK = "whole stack";

  /** What a service alone may take when it is quick, and the stack. */
  private static final Duration SERVICE = Duration.ofSeconds(4);

  private static final Duration WHOLE = Duration.ofSeconds(25);

  private enum Way {
    PACKED("the jar as built"),
    TRAINED("unpacked, with its AOT cache");

    private final String words;

    Way(String words) {
      this.words = words;
    }

    private StackRecipe of(StackRecipe recipe) {
      return this == PACKED ? recipe.with("--packed") : recipe;
    }
  }

  private record Start(String what, Way way) {}

  private record Cost(Duration time, Duration cpu) {}

  /** Whether a service, and the stack, starts as soon as it should. */
  boolean run(Path root) throws IOException {
    train(root);
    Map<Start, List<Cost>> costs = new LinkedHashMap<>();
    Stream.concat(Stream.of(STACK), ROLES.stream())
        .flatMap(what -> Stream.of(Way.values()).map(way -> new Start(what, way)))
        .forEach(start -> costs.put(start, new ArrayList<>()));
    Path target = Files.createDirectories(root.resolve("infra/benchmark/target"));
    for (int round = 0; round < rounds; round++) {
      for (Way way : Way.values()) {
        Path directory = Files.createTempDirectory(target, "startup");
        measure(way.of(StackRecipe.in(root, directory)), way, costs);
        BenchmarkStack.deleteData(directory);
      }
    }
    System.out.printf(
        "%n| start of | from | ready after (s) | of %d: longest | CPU (s) |%n|---|---|---|---|---|%n",
        rounds);
    boolean good = true;
    for (Map.Entry<Start, List<Cost>> start : costs.entrySet()) {
      good &= row(start.getKey(), start.getValue());
    }
    System.out.printf(
        "%n%s%n",
        good
            ? "with the cache every service is ready within 4 s, the stack within 25 s"
            : "FAILED: with the cache a service should be ready within 4 s, the stack within 25 s");
    return good;
  }

  /** Once per build; what it costs is printed. */
  private static void train(Path root) throws IOException {
    long began = System.nanoTime();
    Process training =
        new ProcessBuilder(root.resolve("infra/local-stack/bin/stack").toString(), "train")
            .inheritIO()
            .start();
    if (training.onExit().join().exitValue() != 0) {
      throw new IllegalStateException("the services cannot be trained");
    }
    System.out.printf("trained in %d s%n", Duration.ofNanos(System.nanoTime() - began).toSeconds());
  }

  private static void measure(StackRecipe recipe, Way way, Map<Start, List<Cost>> costs) {
    long began = System.nanoTime();
    try (StackProcess stack = new StackProcess(recipe)) {
      Duration time = Duration.ofNanos(System.nanoTime() - began);
      note(costs, new Start(STACK, way), new Cost(time, cpuOfAll(stack)));
      for (String role : ROLES) {
        stack.control("stop", role);
        note(costs, new Start(role, way), alone(stack, role));
      }
    }
  }

  private static void note(Map<Start, List<Cost>> costs, Start start, Cost cost) {
    costs.getOrDefault(start, new ArrayList<>()).add(cost);
  }

  private static Cost alone(StackProcess stack, String role) {
    long began = System.nanoTime();
    stack.control("start", role);
    Duration time = Duration.ofNanos(System.nanoTime() - began);
    return new Cost(time, cpu(Map.of(role, stack.services(role).getFirst().path("pid").asLong())));
  }

  private static Duration cpuOfAll(StackProcess stack) {
    JsonNode description = stack.description();
    Map<String, Long> pids = new LinkedHashMap<>();
    ROLES.forEach(role -> pids.put(role, stack.services(role).getFirst().path("pid").asLong()));
    pids.put("launcher", description.path("pid").asLong());
    pids.put("kafka", description.path("kafka").path("pids").path(0).asLong());
    pids.put("postgres", description.path("postgres").path("pid").asLong());
    pids.put("sink", description.path("smtp").path("pid").asLong());
    return cpu(pids);
  }

  private static Duration cpu(Map<String, Long> pids) {
    return CpuTimes.of(pids, Set.of("postgres")).byName().values().stream()
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static boolean row(Start start, List<Cost> costs) {
    List<Duration> times = costs.stream().map(Cost::time).sorted().toList();
    List<Duration> cpu = costs.stream().map(Cost::cpu).sorted().toList();
    System.out.printf(
        ROOT,
        "| %s | %s | %s | %s | %s |%n",
        start.what(),
        start.way().words,
        seconds(times.get(times.size() / 2)),
        seconds(times.getLast()),
        seconds(cpu.get(cpu.size() / 2)));
    Duration limit = start.what().equals(STACK) ? WHOLE : SERVICE;
    return start.way() == Way.PACKED || times.get(times.size() / 2).compareTo(limit) < 0;
  }

  private static String seconds(Duration time) {
    return String.format(ROOT, "%.1f", time.toMillis() / 1_000.0);
  }
}
