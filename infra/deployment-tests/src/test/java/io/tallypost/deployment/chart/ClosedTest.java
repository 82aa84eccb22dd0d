package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is open that nobody asked for; a trial is open as a whole. */
class ClosedTest {
  private static final List<String> WITH_DATABASE =
      List.of("intake-service", "quota-service", "audit-service");

  /** The least that is taken: only names of Secrets, and nothing that opens anything. */
  private static final Map<String, String> LEAST =
      Map.of(
          "intake.kafkaSecret", "intake: {kafkaSecret: a}",
          "quota.kafkaSecret", "quota: {kafkaSecret: b}",
          "worker.kafkaSecret", "worker: {kafkaSecret: c}",
          "audit.kafkaSecret", "audit: {kafkaSecret: d}",
          "intake.databaseSecret", "intake: {databaseSecret: e}",
          "quota.databaseSecret", "quota: {databaseSecret: f}",
          "audit.databaseSecret", "audit: {databaseSecret: g}",
          "database.migrations.existingSecret", "database: {migrations: {existingSecret: h}}",
          "database.tls.caSecret", "database: {tls: {caSecret: i}}");

  @TempDir private Path folder;

  @Test
  void withoutValuesItRefusesAndSaysEverythingThatIsMissing() {
    assertThatThrownBy(() -> Chart.rendered(new Path[0]))
        .isInstanceOf(IllegalStateException.class)
        .satisfies(refusal -> assertThat(refusal).message().contains(LEAST.keySet()))
        .hasMessageContaining("trial: true");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "intake.kafkaSecret",
        "quota.kafkaSecret",
        "worker.kafkaSecret",
        "audit.kafkaSecret",
        "intake.databaseSecret",
        "quota.databaseSecret",
        "audit.databaseSecret",
        "database.migrations.existingSecret",
        "database.tls.caSecret"
      })
  void noneOfTheLeastCanBeLeftOut(String value) {
    assertThatThrownBy(() -> Chart.rendered(least(value)))
        .hasMessageContaining("- " + value)
        .satisfies(refusal ->
            assertThat(
                    String.valueOf(refusal.getMessage())
                        .lines()
                        .filter(line -> line.startsWith("- ")))
                .hasSize(1));
  }

  @Test
  void theLeastIsClosed() throws IOException {
    Rendered rendered = Chart.rendered(least(""));

    assertThat(rendered.services())
        .allSatisfy(service ->
            assertThat(service.environment())
                .containsEntry("SPRING_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
                .containsEntry("SPRING_KAFKA_PROPERTIES_SASL_MECHANISM", "SCRAM-SHA-512"));
    Set<String> logins = new TreeSet<>();
    for (String name : WITH_DATABASE) {
      var service = rendered.service(name);
      assertThat(service.environment().get("DATABASE_URL"))
          .contains("sslmode=verify-full", "sslrootcert=/etc/tallypost/database-ca/");
      assertThat(service.environment()).containsEntry("DATABASE_MIGRATE", "false");
      logins.add(service.secretFiles().getOrDefault("DATABASE_USER", ""));
    }
    assertThat(logins).containsExactly("e/username", "f/username", "g/username");
    assertThat(readersOfMetrics(rendered))
        .as("the pods of this namespace")
        .hasSize(4)
        .allSatisfy(peer -> {
          assertThat(peer.getPodSelector()).isNotNull();
          assertThat(peer.getNamespaceSelector()).isNull();
          assertThat(peer.getIpBlock()).isNull();
        });
  }

  @Test
  void theSchemasOwnerIsKnownToTheJobsAlone() {
    Rendered rendered = Chart.rendered("production");

    assertThat(rendered.all(Job.class)).hasSize(3);
    assertThat(rendered.workloads())
        .filteredOn(workload -> workload.kind().equals("Job"))
        .allSatisfy(job -> {
          assertThat(job.secretFiles())
              .containsOnly(
                  Map.entry("spring.flyway.user", "tallypost-owner-database/username"),
                  Map.entry("spring.flyway.password", "tallypost-owner-database/password"));
          assertThat(job.container().getArgs()).containsExactly("--migrate");
          assertThat(job.environment().get("DATABASE_URL")).contains("sslmode=verify-full");
        })
        .extracting(job -> job.container().getImage().replaceAll(".*/|@.*", ""))
        .containsExactlyInAnyOrderElementsOf(WITH_DATABASE);
    assertThat(rendered.services())
        .allSatisfy(service ->
            assertThat(service.secretFiles().values())
                .noneMatch(file -> file.startsWith("tallypost-owner-database/")));
    assertThat(Chart.read(Chart.DIRECTORY.resolve("templates/migrations.yaml")))
        .contains("helm.sh/hook: pre-install,pre-upgrade\n");
  }

  /** What a value opens, when it is said. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kafka: {tls: {enabled: false}}                       | SPRING_KAFKA_SECURITY_PROTOCOL | SASL_PLAINTEXT",
        "kafka: {auth: {mechanism: none}}                     | SPRING_KAFKA_SECURITY_PROTOCOL | SSL",
        "database: {tls: {mode: disable}}                     | DATABASE_URL | jdbc:postgresql://postgresql:5432/tallypost?sslmode=disable",
        "database: {tls: {mode: require}}                     | DATABASE_URL | jdbc:postgresql://postgresql:5432/tallypost?sslmode=require",
      })
  void isOpenedByOneValueEach(String values, String variable, String value) throws IOException {
    Path own = Files.writeString(folder.resolve("own.yaml"), values);
    String but = values.contains("mode: ") ? "database.tls.caSecret" : "";

    var environment = Chart.rendered(with(least(but), own)).service("audit-service").environment();

    assertThat(environment).containsEntry(variable, value);
  }

  @Test
  void oneLoginForAllServicesIsOneValueToo() throws IOException {
    Path own =
        Files.writeString(
            folder.resolve("own.yaml"),
            "{database: {existingSecret: shared, migrations: {existingSecret: ''}},"
                + " intake: {databaseSecret: ''}, quota: {databaseSecret: ''},"
                + " audit: {databaseSecret: ''}}");

    Rendered rendered = Chart.rendered(with(least(""), own));

    assertThat(WITH_DATABASE)
        .allSatisfy(name ->
            assertThat(rendered.service(name).secretFiles())
                .containsEntry("DATABASE_USER", "shared/username"));
    assertThat(rendered.all(Job.class)).isEmpty();
    assertThat(rendered.service("quota-service").environment())
        .doesNotContainKey("DATABASE_MIGRATE");
  }

  @Test
  void otherNamespacesReadMetricsWhereThatIsSaid() throws IOException {
    Path own =
        Files.writeString(
            folder.resolve("own.yaml"), "networkPolicy: {metricsFrom: [{namespaceSelector: {}}]}");
    Path nobody =
        Files.writeString(folder.resolve("nobody.yaml"), "networkPolicy: {metricsFrom: []}");

    assertThat(readersOfMetrics(Chart.rendered(with(least(""), own))))
        .allSatisfy(peer -> assertThat(peer.getNamespaceSelector()).isNotNull());
    assertThat(readersOfMetrics(Chart.rendered(with(least(""), nobody)))).isEmpty();
  }

  /** As the chart's own values were before they were closed. */
  @Test
  void aTrialIsOpen() {
    Rendered rendered = Chart.rendered("trial");

    assertThat(rendered.service("audit-service").environment())
        .containsOnly(
            Map.entry("LOG_LEVEL", "info"),
            Map.entry("LOG_FORMAT", "json"),
            Map.entry("TRACING_SAMPLE_RATIO", "0.1"),
            Map.entry("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092"),
            Map.entry("KAFKA_REPLICATION_FACTOR", "3"),
            Map.entry("KAFKA_MIN_INSYNC_REPLICAS", "2"),
            Map.entry("TALLYPOST_TOPICS_PARTITIONS", "24"),
            Map.entry("TALLYPOST_TOPICS_SMALL_PARTITIONS", "6"),
            Map.entry("PUBLIC_URL", "http://tallypost-intake-service:8080"),
            Map.entry("AUDIT_RETENTION", "30d"),
            Map.entry("AUDIT_DEAD_LETTER_RETENTION", "90d"),
            Map.entry(
                "DATABASE_URL", "jdbc:postgresql://postgresql:5432/tallypost?sslmode=disable"));
    assertThat(WITH_DATABASE)
        .allSatisfy(name ->
            assertThat(rendered.service(name).secretFiles())
                .containsOnly(
                    Map.entry("DATABASE_USER", "tallypost-database/username"),
                    Map.entry("DATABASE_PASSWORD", "tallypost-database/password")));
    assertThat(rendered.service("delivery-worker").secretFiles()).isEmpty();
    assertThat(rendered.all(Job.class)).isEmpty();
    assertThat(readersOfMetrics(rendered))
        .hasSize(4)
        .allSatisfy(peer -> assertThat(peer.getNamespaceSelector()).isNotNull());
  }

  @ParameterizedTest
  @ValueSource(strings = {"kafka", "postgresql"})
  void whatIsBundledIsForTrials(String part) throws IOException {
    Path own =
        Files.writeString(
            folder.resolve("own.yaml"), "bundled: {%s: {enabled: true}}".formatted(part));

    assertThatThrownBy(() -> Chart.rendered(with(least(""), own)))
        .hasMessageContaining("trial: true, which bundled." + part + " is for");
  }

  /** Files of values without one of them. */
  private Path[] least(String but) throws IOException {
    Path[] files = new Path[LEAST.size() - (LEAST.containsKey(but) ? 1 : 0)];
    int i = 0;
    for (var value : LEAST.entrySet()) {
      if (!value.getKey().equals(but)) {
        files[i++] = Files.writeString(folder.resolve(value.getKey()), value.getValue());
      }
    }
    return files;
  }

  private static Path[] with(Path[] files, Path another) {
    Path[] all = java.util.Arrays.copyOf(files, files.length + 1);
    all[files.length] = another;
    return all;
  }

  private static List<NetworkPolicyPeer> readersOfMetrics(Rendered rendered) {
    return rendered.all(NetworkPolicy.class).stream()
        .flatMap(policy -> policy.getSpec().getIngress().stream())
        .filter(
            rule -> rule.getPorts().stream().anyMatch(port -> port.getPort().getIntVal() == 9090))
        // An empty list lets everybody in.
        .peek(rule -> assertThat(rule.getFrom()).isNotEmpty())
        .flatMap(rule -> rule.getFrom().stream())
        .toList();
  }
}
