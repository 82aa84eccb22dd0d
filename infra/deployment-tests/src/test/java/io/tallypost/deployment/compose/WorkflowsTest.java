package io.tallypost.deployment.compose;

import static io.tallypost.deployment.compose.Yaml.ROOT;
import static io.tallypost.deployment.compose.Yaml.list;
import static io.tallypost.deployment.compose.Yaml.map;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** .github asks for what the repository has, and for no more rights than it needs. */
class WorkflowsTest {
  private static final Path WORKFLOWS = ROOT.resolve(".github/workflows");

  /** What may write, and what for. */
  private static final Map<String, Set<String>> WRITES =
      Map.of(
          "codeql.yml", Set.of("security-events"),
          "release.yml", Set.of("contents", "packages", "id-token", "attestations"));

  static Stream<Path> files() {
    try (Stream<Path> all = Files.list(WORKFLOWS)) {
      return all.sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void aWorkflowHasNoMoreRightsThanItsJobsNeed(Path file) {
    Map<String, Object> workflow = Yaml.document(file);

    assertThat(workflow).containsEntry("permissions", Map.of("contents", "read"));
    Set<String> writes =
        jobs(workflow)
            .flatMap(job -> map(job, "permissions").entrySet().stream())
            .filter(right -> right.getValue().equals("write"))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    assertThat(writes).isEqualTo(WRITES.getOrDefault(String.valueOf(file.getFileName()), Set.of()));
    assertThat(jobs(workflow)).allMatch(job -> job.containsKey("timeout-minutes"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyActionHasAVersion(Path file) {
    List<String> actions =
        steps(file)
            .filter(step -> step.containsKey("uses"))
            .map(step -> step.get("uses").toString())
            .toList();

    assertThat(actions)
        .isNotEmpty()
        .allMatch(action ->
            action.matches("[\\w.-]+(/[\\w.-]+)+@(v\\d+|v?\\d+\\.\\d+\\.\\d+|[0-9a-f]{40})"));
  }

  @ParameterizedTest
  @MethodSource("files")
  void whatItCallsIsThere(Path file) {
    String makefile = Yaml.read(ROOT.resolve("Makefile"));
    String text = Yaml.read(file);

    Pattern.compile("\\bmake ([a-z-]+)")
        .matcher(commands(file))
        .results()
        .forEach(call -> assertThat(makefile).contains("\n.PHONY: " + call.group(1) + "\n"));
    Pattern.compile("(?:infra|helm)/[\\w./-]+\\w")
        .matcher(text)
        .results()
        .forEach(path -> assertThat(ROOT.resolve(path.group())).exists());
  }

  @Test
  void theTestsWithDockerHaveTheImagesThatTheyLookFor() {
    String backends =
        Yaml.read(
            ROOT.resolve(
                "common-events/src/test/java/io/tallypost/testing/ContainerBackends.java"));
    List<String> images =
        Pattern.compile("_IMAGE = \"([^\"]+)\"")
            .matcher(backends)
            .results()
            .map(image -> image.group(1))
            .toList();

    String base =
        Pattern.compile("(?m)^ARG BASE=(\\S+)$")
            .matcher(Yaml.read(ROOT.resolve("infra/docker/Dockerfile")))
            .results()
            .findFirst()
            .orElseThrow()
            .group(1);

    assertThat(images).hasSize(2);
    // Or ImagesIT would run nowhere.
    assertThat(commands(WORKFLOWS.resolve("build.yml")))
        .contains(
            Stream.concat(images.stream(), Stream.of(base)).map("docker pull "::concat).toList());
  }

  @Test
  void dependabotLooksWhereThereIsSomething() {
    Map<String, String> looksFor =
        Map.of(
            "maven", "pom.xml",
            "github-actions", ".github/workflows",
            "docker", "Dockerfile",
            "docker-compose", "compose.yaml");

    List<?> updates = list(Yaml.document(ROOT.resolve(".github/dependabot.yml")), "updates");

    assertThat(updates).hasSize(looksFor.size());
    updates.forEach(update -> {
      Map<String, Object> each = map(update);
      Path directory = ROOT.resolve("." + each.get("directory"));
      assertThat(directory.resolve(looksFor.getOrDefault(each.get("package-ecosystem"), "?")))
          .exists();
    });
  }

  private static Stream<Map<String, Object>> jobs(Map<String, Object> workflow) {
    return map(workflow, "jobs").values().stream().map(Yaml::map);
  }

  private static Stream<Map<String, Object>> steps(Path file) {
    return jobs(Yaml.document(file)).flatMap(job -> list(job, "steps").stream()).map(Yaml::map);
  }

  private static String commands(Path file) {
    return steps(file)
        .map(step -> String.valueOf(step.getOrDefault("run", "")))
        .collect(Collectors.joining("\n"));
  }
}
