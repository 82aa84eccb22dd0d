package io.tallypost.deployment.compose;

import static io.tallypost.deployment.compose.Yaml.ROOT;
import static io.tallypost.deployment.compose.Yaml.list;
import static io.tallypost.deployment.compose.Yaml.map;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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

  /** The modules of the services, with their roles on the local stack. */
  private static final Map<String, String> SERVICES =
      Map.of(
          "intake-service", "intake",
          "quota-service", "quota",
          "delivery-worker", "worker",
          "audit-service", "audit");

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

  /** A thief of an action's repository can move its tags and branches, but no commit. */
  @ParameterizedTest
  @MethodSource("files")
  void everyActionIsPinnedByCommitAndSaysWhichVersionThatIs(Path file) {
    List<String> actions =
        Yaml.read(file)
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith("- uses:") || line.startsWith("uses:"))
            .toList();

    assertThat(actions)
        .hasSize((int) steps(file).filter(step -> step.containsKey("uses")).count())
        .isNotEmpty()
        // Dependabot reads and raises both.
        .allMatch(action ->
            action.matches("(- )?uses: [\\w.-]+(/[\\w.-]+)+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+"));
    // One that a whole job is handed to, or a job's container, would be another way in.
    assertThat(jobs(Yaml.document(file)))
        .noneMatch(job ->
            job.containsKey("uses") || job.containsKey("container") || job.containsKey("services"));
  }

  @Test
  void anActionHasTheSameCommitEverywhere() {
    Map<String, Set<String>> commits =
        files()
            .flatMap(WorkflowsTest::steps)
            .filter(step -> step.containsKey("uses"))
            .map(step -> String.valueOf(step.get("uses")).split("@", 2))
            .collect(
                Collectors.groupingBy(
                    action -> action[0],
                    Collectors.mapping(action -> action[1], Collectors.toSet())));

    assertThat(commits).isNotEmpty();
    assertThat(commits.values()).allMatch(each -> each.size() == 1);
  }

  /** They install the newest otherwise, whatever that is on the day. */
  @ParameterizedTest
  @MethodSource("files")
  void actionsThatInstallAProgramSayWhichVersion(Path file) {
    assertThat(
            steps(file)
                .filter(
                    step -> String.valueOf(step.get("uses")).matches(".*/setup-(helm|trivy)@.*")))
        .allSatisfy(step ->
            assertThat(String.valueOf(map(step, "with").get("version")))
                .matches("v\\d+\\.\\d+\\.\\d+"));
  }

  /**
   * Anybody can open a pull request: its code runs without our secrets, and finds no token in the
   * folder that is checked out.
   */
  @ParameterizedTest
  @MethodSource("files")
  void codeOfStrangersGetsNoSecrets(Path file) {
    Set<String> triggers = triggers(Yaml.document(file));

    assertThat(triggers)
        .isNotEmpty()
        .doesNotContain("pull_request_target", "workflow_run", "issue_comment");
    assertThat(steps(file))
        .filteredOn(step -> String.valueOf(step.get("uses")).startsWith("actions/checkout@"))
        .allSatisfy(
            step -> assertThat(map(step, "with")).containsEntry("persist-credentials", false));
    if (triggers.contains("pull_request")) {
      assertThat(Yaml.read(file)).doesNotContain("secrets.");
    }
    // What people name branches, titles and the like must not become a part of a command.
    assertThat(commands(file)).doesNotContain("${{");
  }

  /** In what a pull request brings in, and in each service's image. */
  @Test
  void aKnownHoleFailsTheBuild() {
    assertThat(
            files()
                .filter(file -> triggers(Yaml.document(file)).contains("pull_request"))
                .flatMap(WorkflowsTest::steps)
                .filter(step ->
                    String.valueOf(step.get("uses"))
                        .startsWith("actions/dependency-review-action@")))
        .singleElement()
        .satisfies(step -> {
          assertThat(map(step, "with")).containsEntry("fail-on-severity", "high");
          assertThat(step).doesNotContainKeys("if", "continue-on-error");
        });
    assertThat(
            steps(WORKFLOWS.resolve("build.yml"))
                .filter(step -> String.valueOf(step.get("run")).contains("trivy image"))
                .filter(step -> !step.equals(reportOnOthers())))
        .singleElement()
        .satisfies(step -> {
          assertThat(String.valueOf(step.get("run")))
              .contains("--severity HIGH,CRITICAL", "--exit-code 1")
              .contains("intake-service quota-service delivery-worker audit-service")
              .doesNotContain("|| ");
          assertThat(step).doesNotContainKeys("if", "continue-on-error");
        });
  }

  /** Every one that the stack of Compose and the chart bring along, at the tag that they name. */
  @Test
  void holesOfOthersImagesAreReported(@TempDir Path directory) throws Exception {
    Path scanned = directory.resolve("scanned");
    Path trivy = directory.resolve("trivy");
    Files.writeString(trivy, "#!/bin/bash\necho \"${@: -1}\" >> " + scanned + "\nexit 1\n");
    assertThat(trivy.toFile().setExecutable(true)).isTrue();

    var bash = bash(reportOnOthers(), ROOT);
    bash.environment().merge("PATH", directory.toString(), (path, own) -> own + ":" + path);
    assertThat(exit(bash)).as("though a scan fails").isZero();

    assertThat(Files.readAllLines(scanned)).containsExactlyInAnyOrderElementsOf(othersImages());
  }

  /** Each is told of, with what it is for, where docs/security.md leads. */
  @Test
  void othersImagesAreExplained() {
    String page = Yaml.read(ROOT.resolve("docs/lab/images.md"));

    assertThat(
            Pattern.compile("(?m)^\\| `([^`]+)` \\|")
                .matcher(page)
                .results()
                .map(image -> image.group(1)))
        .containsExactlyInAnyOrderElementsOf(othersImages());
    assertThat(Yaml.read(ROOT.resolve("docs/security.md"))).contains("(lab/images.md)");
  }

  private static Map<String, Object> reportOnOthers() {
    return named("build.yml", "Report what is known of others' images");
  }

  /** Of Compose and of the chart's values, but for our own. */
  private static Set<String> othersImages() {
    Stream<Object> ofCompose =
        map(Yaml.document(ROOT.resolve("infra/compose/compose.yaml")), "services").values().stream()
            .map(service -> Objects.requireNonNull(map(service).get("image")));
    Map<String, Object> values = Yaml.document(ROOT.resolve("helm/tallypost/values.yaml"));
    Stream<Object> ofChart =
        Stream.concat(map(values, "bundled").values().stream(), Stream.of(map(values, "tests")))
            .map(part -> Objects.requireNonNull(map(part).get("image")));
    return Stream.concat(ofCompose, ofChart)
        .map(String::valueOf)
        .filter(image -> !image.startsWith("${TALLYPOST_IMAGES"))
        .collect(Collectors.toSet());
  }

  /** Whoever moves a tag changes nothing of what a released chart installs. */
  @Test
  void aReleasedChartNamesItsImagesByDigest(@TempDir Path directory) throws Exception {
    Map<String, Object> note = named("release.yml", "Note the digest");
    Map<String, Object> pin = named("release.yml", "Pin the images in the chart");
    Path values = directory.resolve("helm/tallypost/values.yaml");
    Files.createDirectories(values.getParent());
    Files.copy(ROOT.resolve("helm/tallypost/values.yaml"), values);
    Map<String, Object> digests = new HashMap<>();
    for (String service : Yaml.SERVICES) {
      // The same artifacts, each in a folder of its own until they are put together.
      Path job = Files.createDirectories(directory.resolve(service));
      String digest = "sha256:%064x".formatted(Yaml.SERVICES.indexOf(service));
      var bash = bash(note, job);
      bash.environment().putAll(Map.of("SERVICE", service, "DIGEST", digest));
      assertThat(exit(bash)).isZero();
      assertThat(exit(bash(pin, directory))).as("one is missing").isNotZero();
      Files.createDirectories(directory.resolve("digests"));
      Files.copy(job.resolve("digests").resolve(service), directory.resolve("digests/" + service));
      digests.put(service, digest);
    }
    Files.copy(
        ROOT.resolve("helm/tallypost/values.yaml"), values, StandardCopyOption.REPLACE_EXISTING);

    assertThat(exit(bash(pin, directory))).isZero();

    Map<String, Object> pinned = Yaml.document(values);
    assertThat(map(map(pinned, "image"), "digests")).isEqualTo(digests);
    assertThat(map(note, "env"))
        .containsEntry("SERVICE", "${{ matrix.service }}")
        .containsEntry("DIGEST", "${{ steps.push.outputs.digest }}");
    List<String> publishing =
        list(map(map(Yaml.document(WORKFLOWS.resolve("release.yml")), "jobs"), "publish"), "steps")
            .stream()
            .map(step -> String.valueOf(map(step).get("name")))
            .toList();
    assertThat(publishing).containsSubsequence("Pin the images in the chart", "Push the chart");
  }

  /** The one step of this name. */
  private static Map<String, Object> named(String file, String name) {
    return steps(WORKFLOWS.resolve(file))
        .filter(step -> name.equals(step.get("name")))
        .findFirst()
        .orElseThrow();
  }

  /** As GitHub runs a step's commands. */
  private static ProcessBuilder bash(Map<String, Object> step, Path directory) {
    return new ProcessBuilder("bash", "-e", "-c", String.valueOf(step.get("run")))
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD);
  }

  private static int exit(ProcessBuilder bash) throws IOException, InterruptedException {
    return bash.start().waitFor();
  }

  /** As a word, a list or a map; for YAML 1.1, {@code on} is true. */
  private static Set<String> triggers(Map<String, Object> workflow) {
    Object on = ((Map<?, ?>) workflow).get(true);
    Stream<?> names =
        on instanceof Map<?, ?> events
            ? events.keySet().stream()
            : on instanceof List<?> list ? list.stream() : Stream.of(on);
    return names.map(String::valueOf).collect(Collectors.toSet());
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
    Pattern.compile("\\bmake it T=(\\w+)")
        .matcher(commands(file))
        .results()
        .forEach(call -> assertThat(testClasses()).contains(call.group(1) + ".java"));
    Pattern.compile("(?:infra|helm)/[\\w./-]+\\w")
        .matcher(text)
        .results()
        .forEach(path -> assertThat(ROOT.resolve(path.group())).exists());
  }

  /** Of the services. */
  private static Set<String> testClasses() {
    Set<String> names = new HashSet<>();
    for (String service : SERVICES.keySet()) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(service).resolve("src/test/java"))) {
        files.map(Path::getFileName).map(Path::toString).forEach(names::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return names;
  }

  @Test
  void theIdesRunConfigurationsCallWhatIsThere() throws IOException {
    String makefile = Yaml.read(ROOT.resolve("Makefile"));
    try (Stream<Path> files = Files.list(ROOT.resolve(".run"))) {
      Map<Boolean, List<Path>> byKind =
          files.collect(
              Collectors.partitioningBy(
                  file -> Yaml.read(file).contains("type=\"ShConfigurationType\"")));
      assertThat(byKind.get(false))
          .hasSize(SERVICES.size())
          .allSatisfy(WorkflowsTest::startsAService);
      assertThat(byKind.get(true))
          .isNotEmpty()
          .allSatisfy(file ->
              assertThat(
                      Pattern.compile("name=\"SCRIPT_TEXT\" value=\"make ([a-z-]+)\"")
                          .matcher(Yaml.read(file))
                          .results())
                  .singleElement()
                  .satisfies(
                      call -> assertThat(makefile).contains("\n.PHONY: " + call.group(1) + "\n")));
    }
  }

  private static void startsAService(Path file) {
    String text = Yaml.read(file);
    String module = value(text, "<module name");
    String main = value(text, "name=\"MAIN_CLASS_NAME\" value").replace('.', '/') + ".java";

    assertThat(SERVICES).containsKey(module);
    assertThat(file).hasFileName(module + ".run.xml");
    assertThat(ROOT.resolve(module).resolve("src/main/java").resolve(main)).exists();
    assertThat(text).contains("\"$PROJECT_DIR$/.tallypost/env/" + SERVICES.get(module) + ".env\"");
  }

  private static String value(String xml, String attribute) {
    return Pattern.compile(Pattern.quote(attribute) + "=\"([^\"]+)\"")
        .matcher(xml)
        .results()
        .map(match -> match.group(1))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theTestsWithDockerHaveTheImagesThatTheyLookFor() {
    String backends =
        Yaml.read(
            ROOT.resolve(
                "infra/service-kit/src/test/java/io/tallypost/kit/testing/ContainerBackends.java"));
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

    assertThat(Yaml.read(WORKFLOWS.resolve("release.yml")))
        .as("the default of what is released")
        .contains("BASE=${{ vars.IMAGE_BASE || '" + base + "' }}");
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
