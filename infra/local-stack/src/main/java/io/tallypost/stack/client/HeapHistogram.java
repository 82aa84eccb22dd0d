package io.tallypost.stack.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What lives in the heap of a JVM after a full collection. */
public final class HeapHistogram {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final long bytes;
  private final Map<String, Long> instances;

  private HeapHistogram(long bytes, Map<String, Long> instances) {
    this.bytes = bytes;
    this.instances = instances;
  }

  /**
   * Collects the garbage of another process of this user, and counts what is left.
   *
   * @throws IllegalArgumentException if it is this process: it stands still while it is counted, so
   *     that nobody would read what is written
   */
  public static HeapHistogram of(long pid) throws IOException {
    if (pid == ProcessHandle.current().pid()) {
      throw new IllegalArgumentException("a process cannot count its own heap");
    }
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    var command = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram");
    Process process = command.start();
    // A process that only collects garbage may never answer.
    var _ =
        process
            .onExit()
            .orTimeout(LONGEST.toSeconds(), TimeUnit.SECONDS)
            .exceptionally(_ -> process.destroyForcibly());
    try (Stream<String> lines = process.inputReader(UTF_8).lines()) {
      return read(lines);
    }
  }

  /** Rows are "1: instances bytes class (module)"; the last one is "Total instances bytes". */
  static HeapHistogram read(Stream<String> lines) {
    Map<String, Long> instances = new HashMap<>();
    long bytes = 0;
    for (String line : lines.toList()) {
      String[] row = line.strip().split("\\s+", -1);
      if (row[0].equals("Total")) {
        bytes = Long.parseLong(row[2]);
      } else if (row.length > 3 && row[0].endsWith(":")) {
        instances.merge(row[3], Long.parseLong(row[1]), Long::sum);
      }
    }
    return new HeapHistogram(bytes, instances);
  }

  /** Of all classes. */
  public long bytes() {
    return bytes;
  }

  public long instances(String className) {
    return instances.getOrDefault(className, 0L);
  }
}
