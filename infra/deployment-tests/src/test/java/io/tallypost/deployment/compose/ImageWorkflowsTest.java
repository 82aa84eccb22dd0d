package io.tallypost.deployment.compose;

import static io.tallypost.deployment.compose.Workflows.WORKFLOWS;
import static io.tallypost.deployment.compose.Workflows.bash;
import static io.tallypost.deployment.compose.Workflows.commands;
import static io.tallypost.deployment.compose.Workflows.exit;
import static io.tallypost.deployment.compose.Workflows.files;
import static io.tallypost.deployment.compose.Workflows.named;
import static io.tallypost.deployment.compose.Workflows.steps;
import static io.tallypost.deployment.compose.Workflows.triggers;
import static io.tallypost.deployment.compose.Yaml.ROOT;
import static io.tallypost.deployment.compose.Yaml.list;
import static io.tallypost.deployment.compose.Yaml.map;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the workflows do with images: ours are scanned, released by digest; others' are reported on.
 */
class ImageWorkflowsTest {
  /** In what a pull request brings in, and in each service's image. */
  @Test
  void aKnownHoleFailsTheBuild() {
    assertThat(
            files()
                .filter(file -> triggers(Yaml.document(file)).contains("pull_request"))
                .flatMap(Workflows::steps)
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
}
