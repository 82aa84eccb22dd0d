package io.tallypost.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What lives in the heap of a service. */
final class Heaps {
  private Heaps() {}

  /** Of the first process of this role, after a full collection. */
  static long liveBytes(Scene scene, String role) {
    return liveBytes(scene.stack().services(role).getFirst());
  }

  /** The histogram is taken after a full collection. */
  static long liveBytes(JsonNode service) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    var command =
        new ProcessBuilder(jcmd.toString(), service.path("pid").asString(), "GC.class_histogram");
    try (Stream<String> lines = command.start().inputReader(UTF_8).lines()) {
      // "Total  <instances>  <bytes>"
      return lines
          .filter(line -> line.startsWith("Total"))
          .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[2]))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
