package io.posthorn.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A stack of one process of each part, started by its own launcher, with the sink as its relay. */
final class BenchmarkStack implements AutoCloseable {
  /** Both compilers: the launcher's default is for quick starts. */
  static final String JAVA_OPTIONS = "-XX:+UseSerialGC -XX:+TieredCompilation";

  /** Every process that a mail passes through or that tells of it. */
  static final List<String> PARTS =
      List.of("intake", "quota", "worker", "audit", "kafka", "postgres");

  private static final Duration START = Duration.ofMinutes(10);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path directory;
  private final SinkProcess sink;
  private final Process launcher;
  private final Thread atExit = new Thread(this::stop);

  private BenchmarkStack(Path directory, SinkProcess sink, Process launcher) {
    this.directory = directory;
    this.sink = sink;
    this.launcher = launcher;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Starts it with these settings of the services, and waits until it is ready. */
  static BenchmarkStack start(Path root, Map<String, String> settings) throws IOException {
    Path target = Files.createDirectories(root.resolve("infra/benchmark/target"));
    Path directory = Files.createTempDirectory(target, "stack");
    SinkProcess sink = SinkProcess.start(directory);
    var builder =
        new ProcessBuilder(
                root.resolve("infra/local-stack/bin/stack").toString(),
                "--no-demo",
                "--smtp",
                "127.0.0.1:" + sink.port(),
                "--data",
                directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("launcher.log").toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putIfAbsent("STACK_JAVA_OPTS", JAVA_OPTIONS);
    // The guard against runaway clients would end every benchmark in its first minute.
    builder.environment().put("POSTHORN_INTAKE_REQUESTS_PER_MINUTE", "1000000");
    builder.environment().putAll(settings);
    var stack = new BenchmarkStack(directory, sink, builder.start());
    stack.awaitReady();
    return stack;
  }

  private void awaitReady() throws IOException {
    long end = System.nanoTime() + START.toNanos();
    while (!Files.exists(directory.resolve("stack.json"))) {
      if (!launcher.isAlive() || System.nanoTime() > end) {
        String output = Files.readString(directory.resolve("launcher.log"));
        close();
        throw new IllegalStateException("the stack did not start:\n" + output);
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  /** Intake itself, past the launcher's front door: a proxy is not what is measured. */
  URI intake() {
    return URI.create(service("intake").path("api").asString());
  }

  URI audit() {
    return URI.create(service("audit").path("api").asString());
  }

  String operatorKey() {
    return description().path("admin_key").asString();
  }

  SinkProcess sink() {
    return sink;
  }

  /** The CPU that each part has used so far. */
  CpuTimes cpu() {
    JsonNode description = description();
    Map<String, Long> pids = new LinkedHashMap<>();
    for (String part : PARTS) {
      pids.put(
          part,
          switch (part) {
            case "kafka" -> description.path("kafka").path("pids").path(0).asLong();
            case "postgres" -> description.path("postgres").path("pid").asLong();
            default -> service(part).path("pid").asLong();
          });
    }
    pids.put("sink", sink.process().pid());
    pids.put("load", ProcessHandle.current().pid());
    return CpuTimes.of(pids, Set.of("postgres"));
  }

  private JsonNode service(String role) {
    for (JsonNode service : description().path("services")) {
      if (service.path("role").asString().equals(role)) {
        return service;
      }
    }
    throw new IllegalStateException("no " + role + " is running");
  }

  private JsonNode description() {
    try {
      return JSON.readTree(Files.readString(directory.resolve("stack.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    stop();
  }

  private void stop() {
    launcher.destroy();
    try {
      if (!launcher.waitFor(60, TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
      }
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
    }
    sink.close();
    // Logs stay for whoever looks for the cause of a number; the data of a long run is large.
    delete(directory.resolve("kafka"));
    delete(directory.resolve("postgres"));
  }

  private static void delete(@Nullable Path tree) {
    if (tree == null || !Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      System.err.println("bench: left behind: " + tree);
    }
  }
}
