package io.tallypost.deployment.compose;

import static io.tallypost.deployment.compose.Yaml.ROOT;
import static io.tallypost.deployment.compose.Yaml.list;
import static io.tallypost.deployment.compose.Yaml.map;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The workflows of .github, their jobs and the steps of those. */
final class Workflows {
  static final Path WORKFLOWS = ROOT.resolve(".github/workflows");

  private Workflows() {}

  static Stream<Path> files() {
    try (Stream<Path> all = Files.list(WORKFLOWS)) {
      return all.sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one step of this name. */
  static Map<String, Object> named(String file, String name) {
    return steps(WORKFLOWS.resolve(file))
        .filter(step -> name.equals(step.get("name")))
        .findFirst()
        .orElseThrow();
  }

  /** As GitHub runs a step's commands. */
  static ProcessBuilder bash(Map<String, Object> step, Path directory) {
    return new ProcessBuilder("bash", "-e", "-c", String.valueOf(step.get("run")))
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
  }

  static int exit(ProcessBuilder bash) throws IOException, InterruptedException {
    return bash.start().waitFor();
  }

  /** As a word, a list or a map; for YAML 1.1, {@code on} is true. */
  static Set<String> triggers(Map<String, Object> workflow) {
    Object on = ((Map<?, ?>) workflow).get(true);
    Stream<?> names =
        on instanceof Map<?, ?> events
            ? events.keySet().stream()
            : on instanceof List<?> list ? list.stream() : Stream.of(on);
    return names.map(String::valueOf).collect(Collectors.toSet());
  }

  static Stream<Map<String, Object>> jobs(Map<String, Object> workflow) {
    return map(workflow, "jobs").values().stream().map(Yaml::map);
  }

  static Stream<Map<String, Object>> steps(Path file) {
    return jobs(Yaml.document(file)).flatMap(job -> list(job, "steps").stream()).map(Yaml::map);
  }

  static String commands(Path file) {
    return steps(file)
        .map(step -> String.valueOf(step.getOrDefault("run", "")))
        .collect(Collectors.joining("\n"));
  }
}
