package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.tallypost.deployment.chart.Rendered.Workload;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pods may do no more than they must, say how they are, and are given time to stop. */
class PodsTest {
  private static final String DEFAULTS =
      Chart.read(
          Chart.ROOT.resolve("infra/service-kit/src/main/resources/tallypost-defaults.yaml"));

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void podsMayDoNoMoreThanTheyMust(String values) {
    assertThat(Chart.rendered(values).workloads())
        .allSatisfy(workload -> {
          var pod = workload.pod();
          assertThat(pod.getAutomountServiceAccountToken()).isFalse();
          assertThat(pod.getEnableServiceLinks()).isFalse();
          assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
          assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
          assertThat(pod.getSecurityContext().getSeccompProfile().getType())
              .isEqualTo("RuntimeDefault");
          assertThat(pod.getHostNetwork()).isNull();
          var container = workload.container().getSecurityContext();
          assertThat(container.getReadOnlyRootFilesystem()).isTrue();
          assertThat(container.getAllowPrivilegeEscalation()).isFalse();
          assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
          assertThat(container.getCapabilities().getAdd()).isEmpty();
        });
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void servicesRunAsTheImagesUserWithATemporaryFolderOnly(String values) {
    Rendered rendered = Chart.rendered(values);

    assertThat(rendered.services())
        .allSatisfy(workload -> {
          assertThat(workload.pod().getSecurityContext().getRunAsUser()).isEqualTo(1000);
          assertThat(workload.container().getVolumeMounts())
              .extracting(VolumeMount::getMountPath)
              .contains("/tmp");
          assertThat(workload.pod().getServiceAccountName()).isEqualTo(workload.name());
          assertThat(writableVolumes(workload)).isSubsetOf("tmp", "operator-key");
          assertThat(rendered.one(ServiceAccount.class, workload.component()))
              .satisfies(
                  account -> assertThat(account.getAutomountServiceAccountToken()).isFalse());
        });
  }

  private static Set<String> writableVolumes(Workload workload) {
    Set<String> writable = new HashSet<>();
    Map<String, Volume> volumes = new HashMap<>();
    workload.pod().getVolumes().forEach(volume -> volumes.put(volume.getName(), volume));
    for (VolumeMount mount : workload.container().getVolumeMounts()) {
      assertThat(volumes).containsKey(mount.getName());
      if (!Boolean.TRUE.equals(mount.getReadOnly())) {
        writable.add(mount.getName());
      }
    }
    return writable;
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void podsSayWhatTheyNeed(String values) {
    assertThat(Chart.rendered(values).workloads())
        .allSatisfy(workload -> {
          var resources = workload.container().getResources();
          assertThat(resources.getRequests()).containsKeys("cpu", "memory");
          assertThat(resources.getLimits()).containsKey("memory");
          assertThat(memory(resources.getLimits()))
              .isGreaterThanOrEqualTo(memory(resources.getRequests()));
        });
  }

  private static long memory(Map<String, Quantity> amounts) {
    return Quantity.getAmountInBytes(amounts.getOrDefault("memory", new Quantity("0")))
        .longValueExact();
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void theServicesProbesAskWhereTheServicesAnswer(String values) {
    assertThat(Chart.rendered(values).services())
        .allSatisfy(workload -> {
          var container = workload.container();
          assertThat(path(container.getStartupProbe())).isEqualTo("/health/liveness");
          assertThat(path(container.getLivenessProbe())).isEqualTo("/health/liveness");
          assertThat(path(container.getReadinessProbe())).isEqualTo("/health/readiness");
          // Flyway waits for a database for two minutes at most (audit).
          assertThat(
                  container.getStartupProbe().getPeriodSeconds()
                      * container.getStartupProbe().getFailureThreshold())
              .isGreaterThan(150);
        });
  }

  private static String path(Probe probe) {
    assertThat(probe.getHttpGet().getPort().getStrVal()).isEqualTo("management");
    return probe.getHttpGet().getPath();
  }

  @ParameterizedTest
  @ValueSource(strings = {"minimal"})
  void trialsHaveProbesToo(String values) {
    assertThat(Chart.rendered(values).workloads())
        .filteredOn(workload -> !workload.kind().equals("Pod"))
        .hasSize(7)
        .allSatisfy(workload -> {
          assertThat(workload.container().getLivenessProbe()).isNotNull();
          assertThat(workload.container().getReadinessProbe()).isNotNull();
          assertThat(workload.container().getStartupProbe()).isNotNull();
        });
  }

  /** The ports are the services' defaults, which the chart does not change. */
  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void portsAreThoseThatTheServicesListenOn(String values) {
    assertThat(DEFAULTS)
        .contains("port: ${SERVER_PORT:8080}", "port: ${MANAGEMENT_PORT:9090}", "base-path: /")
        .contains("prometheus: metrics");
    assertThat(Chart.rendered(values).services())
        .allSatisfy(workload -> {
          assertThat(workload.environment()).doesNotContainKeys("SERVER_PORT", "MANAGEMENT_PORT");
          List<Map.Entry<String, Integer>> ports =
              workload.container().getPorts().stream()
                  .map(port -> Map.entry(port.getName(), port.getContainerPort()))
                  .toList();
          if (workload.component().equals("delivery-worker")) {
            assertThat(ports).containsExactly(Map.entry("management", 9090));
          } else {
            assertThat(ports)
                .containsExactlyInAnyOrder(Map.entry("http", 8080), Map.entry("management", 9090));
          }
        });
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void selectorsFindTheirPodsAndNobodyElses(String values) {
    Rendered rendered = Chart.rendered(values);

    for (Deployment one : rendered.all(Deployment.class)) {
      finds(rendered, one, one.getSpec().getSelector().getMatchLabels());
    }
    for (StatefulSet one : rendered.all(StatefulSet.class)) {
      finds(rendered, one, one.getSpec().getSelector().getMatchLabels());
    }
    for (PodDisruptionBudget one : rendered.all(PodDisruptionBudget.class)) {
      finds(rendered, one, one.getSpec().getSelector().getMatchLabels());
    }
    for (Service one : rendered.all(Service.class)) {
      Workload behind = finds(rendered, one, one.getSpec().getSelector());
      assertThat(behind.container().getPorts())
          .extracting(ContainerPort::getName)
          .containsAll(
              one.getSpec().getPorts().stream()
                  .map(port -> port.getTargetPort().getStrVal())
                  .toList());
    }
  }

  private static Workload finds(
      Rendered rendered, HasMetadata object, Map<String, String> selector) {
    List<Workload> found =
        rendered.workloads().stream()
            .filter(workload -> workload.labels().entrySet().containsAll(selector.entrySet()))
            .toList();
    assertThat(found)
        .as("pods of %s %s", object.getKind(), object.getMetadata().getName())
        .hasSize(1);
    assertThat(found.getFirst().name()).isEqualTo(object.getMetadata().getName());
    return found.getFirst();
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void theTimeToStopIsLongerThanWhatAServiceTakesForIt(String values) {
    // A phase of the stop takes no longer than Spring Boot's 30 s, or what the environment says.
    assertThat(DEFAULTS).doesNotContain("timeout-per-shutdown-phase");

    assertThat(Chart.rendered(values).services())
        .allSatisfy(workload -> {
          long preStop = workload.container().getLifecycle().getPreStop().getSleep().getSeconds();
          long phase =
              seconds(
                  workload
                      .environment()
                      .getOrDefault("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE", "30s"));
          assertThat(preStop).isPositive();
          assertThat(workload.pod().getTerminationGracePeriodSeconds())
              .isGreaterThanOrEqualTo(preStop + phase + 10);
        });
    var worker = Chart.rendered(values).service("delivery-worker").environment();
    // Else the worker does not start (LoopsConfiguration): 15 s are for what it writes down.
    assertThat(seconds(worker.getOrDefault("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE", "")))
        .isGreaterThan(
            seconds(worker.getOrDefault("TALLYPOST_DELIVERY_DRAIN_TIMEOUT", ""))
                + seconds(worker.getOrDefault("TALLYPOST_DELIVERY_REVOKE_TIMEOUT", ""))
                + 15);
  }

  private static long seconds(String duration) {
    return Long.parseLong(duration.replace("s", ""));
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void aNodeOrAZoneIsNotAllOfAService(String values) {
    assertThat(Chart.rendered(values).services())
        .allSatisfy(workload ->
            assertThat(workload.pod().getTopologySpreadConstraints())
                .allSatisfy(spread ->
                    assertThat(workload.labels())
                        .containsAllEntriesOf(spread.getLabelSelector().getMatchLabels()))
                .extracting(spread -> spread.getTopologyKey())
                .containsExactlyInAnyOrder(
                    "topology.kubernetes.io/zone", "kubernetes.io/hostname"));
    assertThat(Chart.rendered(values).all(PodDisruptionBudget.class)).hasSize(4);
  }

  @Test
  void aDigestSaysWhichImageWhateverTheTag() {
    Rendered rendered = Chart.rendered("production");

    assertThat(rendered.service("audit-service").container().getImage())
        .isEqualTo("tallypost/audit-service@sha256:" + "4".repeat(64));
    assertThat(rendered.workloads())
        .filteredOn(workload -> !workload.kind().equals("Pod"))
        .allSatisfy(workload ->
            assertThat(workload.container().getImage()).matches(".*/[a-z-]+@sha256:[1-4]{64}"));
    assertThat(Chart.rendered("trial").service("audit-service").container().getImage())
        .isEqualTo("tallypost/audit-service:0.1.0-SNAPSHOT");
  }

  @Test
  void imagesComeFromTheRegistryThatIsNamed() {
    Rendered rendered = Chart.rendered("air-gapped");

    assertThat(rendered.workloads())
        .extracting(workload -> workload.container().getImage())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    Chart.SERVICES.stream()
                        .map(name ->
                            "registry.example.internal/mirror/tallypost/" + name + ":0.1.0"),
                    Stream.of("registry.example.internal/mirror/curl:8.16.0"))
                .toList());
    assertThat(rendered.workloads())
        .allSatisfy(workload ->
            assertThat(workload.pod().getImagePullSecrets().getFirst().getName())
                .isEqualTo("registry"));
  }
}
