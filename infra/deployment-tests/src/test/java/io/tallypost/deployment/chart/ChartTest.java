package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The chart is one that Helm takes, with all that it needs inside. */
class ChartTest {
  private static final Path RULES = Chart.ROOT.resolve("infra/prometheus/rules");
  private static final Path DASHBOARDS = Chart.ROOT.resolve("infra/grafana/dashboards");

  @Test
  void isInOrderInHelmsEyes() {
    var lint = new Helm(Chart.DIRECTORY).lint().strict().call();

    assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void becomesObjectsThatAClusterKnows(String values) {
    Rendered rendered = Chart.rendered(values);

    assertThat(rendered.services())
        .extracting(Rendered.Workload::component)
        .containsExactlyInAnyOrderElementsOf(Chart.SERVICES);
  }

  @Test
  void aFieldThatNobodyKnowsWouldBeFound() {
    String manifest =
        """
        apiVersion: v1
        kind: Service
        metadata: {name: mail}
        spec:
          ports: [{port: 25, targetProt: 2525}]
        """;

    assertThatThrownBy(() -> Rendered.read(manifest)).hasMessageContaining("targetProt");
    assertThatThrownBy(() -> Rendered.read(manifest.replace("{name: mail}", "{name: off}")))
        .hasMessageContaining("name");
  }

  @Test
  void valuesFilesAreAllLookedAt() throws IOException {
    try (Stream<Path> files = Files.list(Chart.DIRECTORY.resolve("ci"))) {
      assertThat(files.map(file -> file.getFileName().toString().replace("-values.yaml", "")))
          .containsExactlyInAnyOrderElementsOf(Chart.VALUES);
    }
  }

  @Test
  void rulesAndDashboardsAreThoseOfInfra() throws IOException {
    Rendered rendered = Chart.rendered("production");

    assertThat(
            rendered.all(PrometheusRule.class).getFirst().getSpec().getGroups().stream()
                .flatMap(group -> group.getRules().stream())
                .map(rule ->
                    List.of(
                        rule.getAlert() == null ? rule.getRecord() : rule.getAlert(),
                        rule.getExpr().getStrVal(),
                        rule.getAnnotations() == null ? Map.of() : rule.getAnnotations())))
        .containsExactlyElementsOf(rulesOfInfra());
    try (Stream<Path> files = Files.list(DASHBOARDS)) {
      assertThat(
              rendered.all(ConfigMap.class).stream()
                  .flatMap(map -> map.getData().entrySet().stream())
                  .map(entry -> Map.entry(entry.getKey(), entry.getValue().strip())))
          .containsExactlyInAnyOrderElementsOf(
              files
                  .map(file ->
                      Map.entry("tallypost-" + file.getFileName(), Chart.read(file).strip()))
                  .toList());
    }
  }

  private static List<List<Object>> rulesOfInfra() {
    List<List<Object>> rules = new ArrayList<>();
    for (String file : List.of("alerts.yml", "recording.yml")) {
      var document = StrictYaml.documents(Chart.read(RULES.resolve(file))).getFirst();
      for (Object group : (List<?>) document.getOrDefault("groups", List.of())) {
        for (Object rule : (List<?>) StrictYaml.map(group).getOrDefault("rules", List.of())) {
          Map<String, Object> map = StrictYaml.map(rule);
          rules.add(
              List.of(
                  map.containsKey("alert")
                      ? map.getOrDefault("alert", "")
                      : map.getOrDefault("record", ""),
                  map.getOrDefault("expr", ""),
                  map.getOrDefault("annotations", Map.of())));
        }
      }
    }
    return rules;
  }

  /** Two of the chart's folders are links to infra's. */
  @Test
  void itsArchiveHasAllThatTheFolderHas(@TempDir Path folder) throws IOException {
    new Helm(Chart.DIRECTORY).packageIt().withDestination(folder).call();

    try (Stream<Path> archives = Files.list(folder)) {
      Path archive = archives.findFirst().orElseThrow();
      String ofArchive = Chart.template(archive).withValuesFile(Chart.ci("production")).call();
      assertThat(ofArchive)
          .contains(
              "kind: PrometheusRule", "alert: TallypostServiceDown", "tallypost-overview.json")
          .isEqualTo(Chart.template(Chart.DIRECTORY).withValuesFile(Chart.ci("production")).call());
    }
  }
}
