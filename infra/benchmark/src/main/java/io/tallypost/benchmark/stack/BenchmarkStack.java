package io.tallypost.benchmark.stack;

import io.tallypost.benchmark.sink.SinkProcess;
import io.tallypost.stack.AtExit;
import io.tallypost.stack.client.StackProcess;
import io.tallypost.stack.client.StackRecipe;
import io.tallypost.stack.rest.RestClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** A stack of one process of each part, started by its own launcher, with the sink as its relay. */
public final class BenchmarkStack implements AutoCloseable {
  /** Both compilers: the launcher's default is for quick starts. */
  public static final String JAVA_OPTIONS = "-XX:+UseSerialGC -XX:+TieredCompilation";

  /** Every process that a mail passes, or that reports on it. */
  public static final List<String> PARTS =
      List.of("intake", "quota", "worker", "audit", "kafka", "postgres");

  /** Those of them that are Tallypost's own. */
  public static final List<String> SERVICES = PARTS.subList(0, 4);

  private final StackProcess stack;
  private final SinkProcess sink;

  private BenchmarkStack(StackProcess stack, SinkProcess sink) {
    this.stack = stack;
    this.sink = sink;
  }

  /** Starts it with these settings of the services, and waits until it is ready. */
  public static BenchmarkStack start(Path root, Map<String, String> settings) throws IOException {
    Path target = Files.createDirectories(root.resolve("infra/benchmark/target"));
    Path directory = Files.createTempDirectory(target, "stack");
    SinkProcess sink = SinkProcess.start(directory);
    AtExit.close(sink);
    StackRecipe recipe =
        StackRecipe.in(root, directory)
            .relay("127.0.0.1", sink.port())
            .set("STACK_JAVA_OPTS", System.getenv().getOrDefault("STACK_JAVA_OPTS", JAVA_OPTIONS))
            // The guard against runaway clients would end every benchmark in its first minute.
            .set("TALLYPOST_INTAKE_REQUESTS_PER_MINUTE", "1000000")
            // Benchmarks make keys by the thousand.
            .set("TALLYPOST_KEYS_ADMIN_CALLS_PER_MINUTE", "1000000")
            .set("TALLYPOST_AUDIT_READS_PER_MINUTE", "1000000")
            .set("TALLYPOST_INTAKE_CEILINGS_ALL_KEYS", "100000")
            .set("TALLYPOST_INTAKE_CEILINGS_KEYS_PER_TENANT", "100000");
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      recipe = recipe.set(setting.getKey(), setting.getValue());
    }
    try {
      return new BenchmarkStack(new StackProcess(recipe), sink);
    } catch (IllegalStateException e) {
      sink.close();
      throw e;
    }
  }

  /** Intake itself, past the launcher's front door: the proxy is not measured. */
  public URI intake() {
    return URI.create(service("intake").path("api").asString());
  }

  public URI audit() {
    return URI.create(service("audit").path("api").asString());
  }

  /** The metrics of all services. */
  public String metrics() {
    var metrics = new StringBuilder();
    for (String role : SERVICES) {
      RestClient management = RestClient.of(service(role).path("management").asString());
      metrics.append(management.get("/metrics").text());
    }
    return metrics.toString();
  }

  /** How to connect to PostgreSQL: {@code jdbc}, {@code user}, {@code password}. */
  public JsonNode postgres() {
    return stack.description().path("postgres");
  }

  public String operatorKey() {
    return stack.adminKey();
  }

  public SinkProcess sink() {
    return sink;
  }

  /** The CPU that each part has used so far. */
  public CpuTimes cpu() {
    JsonNode description = stack.description();
    Map<String, Long> pids = new LinkedHashMap<>();
    for (String part : PARTS) {
      pids.put(
          part,
          switch (part) {
            case "kafka" -> description.path("kafka").path("pids").path(0).asLong();
            case "postgres" -> description.path("postgres").path("pid").asLong();
            default -> pid(part);
          });
    }
    pids.put("sink", sink.process().pid());
    pids.put("load", ProcessHandle.current().pid());
    return CpuTimes.of(pids, Set.of("postgres"));
  }

  /** The process of a service. */
  public long pid(String role) {
    return service(role).path("pid").asLong();
  }

  private JsonNode service(String role) {
    return stack.services(role).getFirst();
  }

  @Override
  public void close() {
    stack.close();
    sink.close();
    AtExit.forget(sink);
    deleteData(stack.directory());
  }

  /** Logs stay, to find the cause of a figure; the data of a long run is large. */
  public static void deleteData(Path directory) {
    delete(directory.resolve("kafka"));
    delete(directory.resolve("postgres"));
  }

  /** A folder with everything in it, if it is there. */
  public static void delete(Path tree) {
    if (!Files.exists(tree)) {
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
