package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.tallypost.deployment.chart.Rendered.Workload;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Requests go where the launcher's front door sends them, and pods reach what they must. */
class TrafficTest {
  private static final Path FRONT_DOOR =
      Chart.ROOT.resolve(
          "infra/local-stack/src/main/java/io/tallypost/stack/services/FrontDoor.java");

  @Test
  void pathsAreThoseOfTheFrontDoor() {
    Ingress ingress = Chart.rendered("production").all(Ingress.class).getFirst();
    Map<String, String> routed = new HashMap<>();
    for (var path : ingress.getSpec().getRules().getFirst().getHttp().getPaths()) {
      assertThat(path.getPathType()).isEqualTo("Prefix");
      assertThat(path.getBackend().getService().getPort().getName()).isEqualTo("http");
      routed.put(
          path.getPath(),
          path.getBackend().getService().getName().replace(Chart.RELEASE + "-", ""));
    }

    assertThat(routed).isEqualTo(pathsOfTheFrontDoor()).hasSizeGreaterThan(10);
  }

  private static Map<String, String> pathsOfTheFrontDoor() {
    Map<String, String> paths = new HashMap<>();
    Map<String, String> roles =
        Map.of("INTAKE", "intake-service", "QUOTA", "quota-service", "AUDIT", "audit-service");
    Pattern.compile("Role\\.(INTAKE|QUOTA|AUDIT),\\s*List\\.of\\(([^)]*)\\)")
        .matcher(Chart.read(FRONT_DOOR))
        .results()
        .forEach(role ->
            Pattern.compile("\"([^\"]+)\"")
                .matcher(role.group(2))
                .results()
                .forEach(path -> paths.put(path.group(1), roles.getOrDefault(role.group(1), ""))));
    return paths;
  }

  @Test
  void theHostIsServedByTlsAndLinksBeginWithIt() {
    Rendered rendered = Chart.rendered("production");
    var spec = rendered.all(Ingress.class).getFirst().getSpec();

    assertThat(spec.getTls().getFirst().getHosts()).containsExactly("mail.example.org");
    assertThat(spec.getTls().getFirst().getSecretName()).isEqualTo("mail-example-org-tls");
    assertThat(rendered.service("intake-service").environment())
        .containsEntry("PUBLIC_URL", "https://mail.example.org");
    assertThat(Chart.rendered("air-gapped").service("audit-service").environment())
        .containsEntry("PUBLIC_URL", "http://mail.example.internal");
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void whatNoPolicyAllowsIsDeniedToEveryPod(String values) {
    Rendered rendered = Chart.rendered(values);
    var deny = rendered.one(NetworkPolicy.class, "default-deny").getSpec();

    assertThat(deny.getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
    assertThat(deny.getIngress()).isEmpty();
    assertThat(deny.getEgress()).isEmpty();
    assertThat(rendered.workloads())
        .allSatisfy(workload ->
            assertThat(workload.labels())
                .containsAllEntriesOf(deny.getPodSelector().getMatchLabels()));
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void servicesTalkToWhatTheyNeed(String values) {
    Rendered rendered = Chart.rendered(values);
    Set<Integer> kafka =
        Set.of(values.equals("production") ? 9093 : values.equals("air-gapped") ? 9094 : 9092);
    Set<Integer> traces =
        Set.of("minimal", "production").contains(values) ? Set.of(4318) : Set.of();
    Set<Integer> smtp = values.equals("air-gapped") ? Set.of(25) : Set.of(25, 465, 587, 2525);

    for (Workload service : rendered.services()) {
      Set<Integer> expected = new TreeSet<>(kafka);
      expected.add(53);
      expected.addAll(traces);
      expected.addAll(service.component().equals("delivery-worker") ? smtp : Set.of(5432));
      assertThat(egressPorts(rendered, service)).as(service.component()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void onlyThePortsThatAreThereAreOpen(String values) {
    Rendered rendered = Chart.rendered(values);

    for (Workload workload : rendered.workloads()) {
      Set<Integer> listened = new TreeSet<>();
      workload.container().getPorts().forEach(port -> listened.add(port.getContainerPort()));
      for (NetworkPolicy policy : policiesOf(rendered, workload)) {
        assertThat(policy.getSpec().getIngress())
            .allSatisfy(rule -> {
              assertThat(rule.getFrom()).as("an empty list lets everybody in").isNotEmpty();
              assertThat(listened).containsAll(ports(rule.getPorts()));
            });
      }
    }
  }

  private static Set<Integer> egressPorts(Rendered rendered, Workload workload) {
    Set<Integer> ports = new TreeSet<>();
    for (NetworkPolicy policy : policiesOf(rendered, workload)) {
      policy
          .getSpec()
          .getEgress()
          .forEach(rule -> {
            assertThat(rule.getPorts()).isNotEmpty();
            ports.addAll(ports(rule.getPorts()));
          });
    }
    return ports;
  }

  private static List<NetworkPolicy> policiesOf(Rendered rendered, Workload workload) {
    List<NetworkPolicy> policies =
        rendered.all(NetworkPolicy.class).stream()
            .filter(policy ->
                workload
                    .labels()
                    .entrySet()
                    .containsAll(policy.getSpec().getPodSelector().getMatchLabels().entrySet()))
            .toList();
    assertThat(policies).as("of %s", workload.name()).hasSize(2);
    return policies;
  }

  private static List<Integer> ports(List<NetworkPolicyPort> ports) {
    return ports.stream().map(port -> port.getPort().getIntVal()).toList();
  }
}
