package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the cluster is told to make.
 *
 * @param objects Kubernetes' models, and {@link ScaledObject}
 */
record Rendered(List<Object> objects) {
  private static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          Map.entry("v1/ConfigMap", ConfigMap.class),
          Map.entry("v1/Pod", Pod.class),
          Map.entry("v1/Service", Service.class),
          Map.entry("v1/ServiceAccount", ServiceAccount.class),
          Map.entry("apps/v1/Deployment", Deployment.class),
          Map.entry("apps/v1/StatefulSet", StatefulSet.class),
          Map.entry("batch/v1/Job", Job.class),
          Map.entry("autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
          Map.entry("keda.sh/v1alpha1/ScaledObject", ScaledObject.class),
          Map.entry("monitoring.coreos.com/v1/PodMonitor", PodMonitor.class),
          Map.entry("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
          Map.entry("networking.k8s.io/v1/Ingress", Ingress.class),
          Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
          Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class));

  /**
   * A pod, and who makes it.
   *
   * @param labels the pod's
   */
  record Workload(String kind, String name, Map<String, String> labels, PodSpec pod) {
    Container container() {
      assertThat(pod.getContainers()).hasSize(1);
      return pod.getContainers().getFirst();
    }

    boolean isService() {
      return Chart.SERVICES.contains(component());
    }

    String component() {
      return labels.getOrDefault("app.kubernetes.io/component", "");
    }

    /** What it reads from files: the name of each, and {@code <Secret>/<key>} behind it. */
    Map<String, String> secretFiles() {
      Map<String, String> files = new HashMap<>();
      for (Volume volume : pod.getVolumes()) {
        if (volume.getProjected() != null) {
          volume
              .getProjected()
              .getSources()
              .forEach(source ->
                  source
                      .getSecret()
                      .getItems()
                      .forEach(item ->
                          files.put(
                              item.getPath(), source.getSecret().getName() + "/" + item.getKey())));
        }
      }
      return files;
    }

    /** The variables with a value; those from elsewhere are what the value stands for. */
    Map<String, String> environment() {
      Map<String, String> environment = new HashMap<>();
      for (EnvVar variable : container().getEnv()) {
        String value =
            variable.getValueFrom() == null ? variable.getValue() : "from " + variable.getName();
        assertThat(environment.put(variable.getName(), value)).as(variable.getName()).isNull();
      }
      return environment;
    }
  }

  /** Reads a manifest; unknown kinds and fields fail. */
  static Rendered read(String manifest) {
    List<Object> objects = new ArrayList<>();
    for (Map<String, Object> document : StrictYaml.documents(manifest)) {
      String kind = document.get("apiVersion") + "/" + document.get("kind");
      Class<?> type = KINDS.get(kind);
      if (type == null) {
        throw new AssertionError("a kind that nobody knows: " + kind);
      }
      objects.add(StrictYaml.as(document, type));
    }
    return new Rendered(List.copyOf(objects));
  }

  <T> List<T> all(Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The one object of its type with this name, without the release's. */
  <T extends HasMetadata> T one(Class<T> type, String name) {
    List<T> found =
        all(type).stream()
            .filter(object -> object.getMetadata().getName().equals(Chart.RELEASE + "-" + name))
            .toList();
    assertThat(found).as("%s %s", type.getSimpleName(), name).hasSize(1);
    return found.getFirst();
  }

  /** All that makes pods, and pods. */
  List<Workload> workloads() {
    List<Workload> workloads = new ArrayList<>();
    for (Deployment one : all(Deployment.class)) {
      var template = one.getSpec().getTemplate();
      workloads.add(
          new Workload(
              "Deployment",
              one.getMetadata().getName(),
              template.getMetadata().getLabels(),
              template.getSpec()));
    }
    for (StatefulSet one : all(StatefulSet.class)) {
      var template = one.getSpec().getTemplate();
      workloads.add(
          new Workload(
              "StatefulSet",
              one.getMetadata().getName(),
              template.getMetadata().getLabels(),
              template.getSpec()));
    }
    for (Job one : all(Job.class)) {
      var template = one.getSpec().getTemplate();
      workloads.add(
          new Workload(
              "Job",
              one.getMetadata().getName(),
              template.getMetadata().getLabels(),
              template.getSpec()));
    }
    for (Pod one : all(Pod.class)) {
      workloads.add(
          new Workload(
              "Pod", one.getMetadata().getName(), one.getMetadata().getLabels(), one.getSpec()));
    }
    return workloads;
  }

  List<Workload> services() {
    return workloads().stream().filter(Workload::isService).toList();
  }

  Workload service(String component) {
    return services().stream()
        .filter(workload -> workload.component().equals(component))
        .findFirst()
        .orElseThrow();
  }
}
