package io.tallypost.deployment.compose;

import static io.tallypost.deployment.compose.Workflows.commands;
import static io.tallypost.deployment.compose.Workflows.files;
import static io.tallypost.deployment.compose.Workflows.jobs;
import static io.tallypost.deployment.compose.Workflows.steps;
import static io.tallypost.deployment.compose.Workflows.triggers;
import static io.tallypost.deployment.compose.Yaml.ROOT;
import static io.tallypost.deployment.compose.Yaml.list;
import static io.tallypost.deployment.compose.Yaml.map;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
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

  @ParameterizedTest
  @MethodSource("io.tallypost.deployment.compose.Workflows#files")
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
  @MethodSource("io.tallypost.deployment.compose.Workflows#files")
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
            .flatMap(Workflows::steps)
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
  @MethodSource("io.tallypost.deployment.compose.Workflows#files")
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
  @MethodSource("io.tallypost.deployment.compose.Workflows#files")
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

  @ParameterizedTest
  @MethodSource("io.tallypost.deployment.compose.Workflows#files")
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
}
