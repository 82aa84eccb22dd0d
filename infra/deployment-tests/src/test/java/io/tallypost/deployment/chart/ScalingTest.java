package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What scales and what is scraped goes by metrics that the services export. */
class ScalingTest {
  private static final Pattern METRIC = Pattern.compile("tallypost_[a-z_]+");

  /** docs/operations.md, which is checked against a live scrape elsewhere. */
  private static Set<String> exported() {
    Set<String> names = new TreeSet<>();
    Pattern.compile("(?m)^\\| `(tallypost_[a-z_]+)")
        .matcher(Chart.read(Chart.ROOT.resolve("docs/operations.md")))
        .results()
        .forEach(row -> names.add(row.group(1)));
    return names;
  }

  @Test
  void workersScaleByWhatWaitsForThem() {
    Rendered rendered = Chart.rendered("production");
    var scaler = rendered.one(HorizontalPodAutoscaler.class, "delivery-worker").getSpec();
    var metric = scaler.getMetrics().getFirst().getExternal().getMetric();

    assertThat(exported()).contains(metric.getName());
    assertThat(metric.getSelector().getMatchExpressions())
        .singleElement()
        .extracting(LabelSelectorRequirement::getKey, LabelSelectorRequirement::getValues)
        .containsExactly("group", List.of("delivery-worker", "delivery-worker-bulk"));
    assertThat(Chart.read(Chart.ROOT.resolve("docs/deployment.md")))
        .as("the adapter's rule")
        .contains("seriesQuery: '" + metric.getName() + "{");
    scales(rendered, scaler.getScaleTargetRef().getName());
  }

  @Test
  void kedaAsksForTheSameMetric() {
    Rendered rendered = Chart.rendered("air-gapped");
    var spec = rendered.all(ScaledObject.class).getFirst().spec();
    var trigger = spec.triggers().getFirst();

    assertThat(trigger.metadata()).containsOnlyKeys("serverAddress", "query", "threshold");
    assertThat(METRIC.matcher(trigger.metadata().getOrDefault("query", "")).results())
        .isNotEmpty()
        .allMatch(match -> exported().contains(match.group()));
    scales(rendered, spec.scaleTargetRef().name());
  }

  @Test
  void intakeScalesByCpu() {
    Rendered rendered = Chart.rendered("production");
    var scaler = rendered.one(HorizontalPodAutoscaler.class, "intake-service").getSpec();

    assertThat(scaler.getMetrics().getFirst().getResource().getName()).isEqualTo("cpu");
    scales(rendered, scaler.getScaleTargetRef().getName());
  }

  /** Who scales a Deployment says how many there are; the Deployment must not. */
  private static void scales(Rendered rendered, String name) {
    assertThat(rendered.all(Deployment.class))
        .filteredOn(one -> one.getMetadata().getName().equals(name))
        .singleElement()
        .satisfies(one -> assertThat(one.getSpec().getReplicas()).isNull());
  }

  @Test
  void everyServiceIsScrapedUnderTheNameThatAlertsAskFor() {
    Rendered rendered = Chart.rendered("production");
    var monitor = rendered.all(PodMonitor.class).getFirst().getSpec();
    var endpoint = monitor.getPodMetricsEndpoints().getFirst();

    assertThat(endpoint.getPath()).isEqualTo("/metrics");
    assertThat(rendered.services())
        .allSatisfy(workload -> {
          assertThat(workload.labels())
              .containsAllEntriesOf(monitor.getSelector().getMatchLabels());
          assertThat(monitor.getSelector().getMatchExpressions().getFirst().getValues())
              .contains(workload.component());
          assertThat(workload.container().getPorts())
              .anyMatch(port -> port.getName().equals(endpoint.getPort()));
        });
    assertThat(endpoint.getRelabelings())
        .singleElement()
        .satisfies(relabeling -> {
          assertThat(relabeling.getSourceLabels())
              .containsExactly("__meta_kubernetes_pod_label_app_kubernetes_io_component");
          assertThat(relabeling.getTargetLabel()).isEqualTo("job");
        });
    assertThat(Chart.read(Chart.ROOT.resolve("infra/prometheus/rules/alerts.yml")))
        .contains("job=~\"" + String.join("|", Chart.SERVICES) + "\"");
  }

  /** infra's configuration for a Prometheus without operator finds the same pods. */
  @Test
  void podsHaveTheLabelsThatPrometheusLooksFor() {
    String file = Chart.read(Chart.ROOT.resolve("infra/prometheus/prometheus-kubernetes.yml"));

    assertThat(file)
        .contains("__meta_kubernetes_pod_label_app_kubernetes_io_part_of", "regex: tallypost")
        .contains("__meta_kubernetes_pod_container_port_name", "regex: management");
    assertThat(Chart.rendered("trial").services())
        .allSatisfy(workload ->
            assertThat(workload.labels()).containsEntry("app.kubernetes.io/part-of", "tallypost"));
  }
}
