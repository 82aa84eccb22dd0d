package io.tallypost.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The live heap of a process after a full collection.
 *
 * @param bytes of all classes
 * @param instances of the requested class
 */
record Histogram(long bytes, long instances) {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  static Histogram of(long pid, String className) throws IOException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    var command = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram");
    Process process = command.start();
    // A service that only collects garbage may never answer.
    var _ =
        process
            .onExit()
            .orTimeout(LONGEST.toSeconds(), TimeUnit.SECONDS)
            .exceptionally(_ -> process.destroyForcibly());
    try (Stream<String> lines = process.inputReader(UTF_8).lines()) {
      // "   1:   <instances>   <bytes>  <class> (<module>)", and "Total   <instances>   <bytes>"
      List<String[]> rows = lines.map(line -> line.strip().split("\\s+", -1)).toList();
      return new Histogram(
          number(rows.stream().filter(row -> row[0].equals("Total")), 2),
          number(rows.stream().filter(row -> row.length > 3 && row[3].equals(className)), 1));
    }
  }

  private static long number(Stream<String[]> rows, int column) {
    return rows.mapToLong(row -> Long.parseLong(row[column])).sum();
  }
}
