package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.fabric8.kubernetes.api.model.VolumeMount;
import io.tallypost.deployment.chart.Rendered.Workload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** The services know every variable that they are given. */
class EnvironmentTest {
  private static final Pattern SECTION =
      Pattern.compile("(?s)<!-- (\\S+) -->(.*?)<!-- end of \\1 -->");
  private static final Pattern ROW = Pattern.compile("(?m)^\\|[^|]*\\| `([A-Z][A-Z0-9_]*)` \\|");

  /** What the services know without its being one of their settings, and who reads it. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          entry("OTEL_EXPORTER_OTLP_ENDPOINT", "Spring Boot maps it, docs/tracing.md"),
          entry("SPRING_KAFKA_SECURITY_PROTOCOL", "spring.kafka.security.protocol"),
          entry("SPRING_KAFKA_SSL_TRUST_STORE_TYPE", "spring.kafka.ssl.trust-store-type"),
          entry("SPRING_KAFKA_SSL_TRUST_STORE_LOCATION", "spring.kafka.ssl.trust-store-location"),
          entry("SPRING_KAFKA_SSL_KEY_STORE_TYPE", "spring.kafka.ssl.key-store-type"),
          entry("SPRING_KAFKA_PROPERTIES_SASL_MECHANISM", "spring.kafka.properties"),
          entry("SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG", "spring.kafka.properties"),
          entry(
              "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE",
              "spring.lifecycle.timeout-per-shutdown-phase"),
          entry(
              "MANAGEMENT_ENDPOINT_LOGGERS_ACCESS",
              "docs/operations.md; of ci/production-values.yaml"));

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void everyVariableIsOneThatTheServiceKnows(String values) {
    Map<String, Set<String>> settings = settings();

    for (Workload service : Chart.rendered(values).services()) {
      Set<String> unknown = new TreeSet<>(service.environment().keySet());
      unknown.removeAll(settings.getOrDefault(service.component(), Set.of()));
      unknown.removeAll(OTHERS.keySet());
      assertThat(unknown).as("of %s", service.component()).isEmpty();
    }
  }

  /** docs/settings.md, which is made from the services themselves. */
  private static Map<String, Set<String>> settings() {
    Map<String, Set<String>> settings = new HashMap<>();
    String page = Chart.read(Chart.ROOT.resolve("docs/settings.md"));
    SECTION
        .matcher(page)
        .results()
        .forEach(section -> {
          Set<String> names = new TreeSet<>();
          ROW.matcher(section.group(2)).results().forEach(row -> names.add(row.group(1)));
          // A table may be of several services.
          for (String service : section.group(1).split("\\+", -1)) {
            settings.computeIfAbsent(service, _ -> new TreeSet<>()).addAll(names);
          }
        });
    Set<String> shared = Objects.requireNonNull(settings.remove("every-service"));
    settings.values().forEach(names -> names.addAll(shared));
    assertThat(settings).containsOnlyKeys(Chart.SERVICES);
    return settings;
  }

  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void filesAreThereThatVariablesName(String values) {
    for (Workload service : Chart.rendered(values).services()) {
      Set<String> mounted = new TreeSet<>();
      service.container().getVolumeMounts().stream()
          .map(VolumeMount::getMountPath)
          .forEach(mounted::add);
      service
          .environment()
          .forEach((name, value) ->
              Pattern.compile("/(etc|var/run)/tallypost[^&:]*/")
                  .matcher(value)
                  .results()
                  .forEach(file ->
                      assertThat(mounted)
                          .as("%s of %s", name, service.component())
                          .contains(file.group().replaceFirst("/$", ""))));
    }
  }

  @Test
  void servicesWithTransactionsAreToldApartByTheirPods() {
    for (String component : new String[] {"quota-service", "delivery-worker"}) {
      assertThat(Chart.rendered("trial").service(component).container().getEnv())
          .filteredOn(variable -> variable.getName().equals("TALLYPOST_INSTANCE"))
          .singleElement()
          .satisfies(variable ->
              assertThat(variable.getValueFrom().getFieldRef().getFieldPath())
                  .isEqualTo("metadata.name"));
    }
  }

  @Test
  void loginsAtKafkaArriveInEveryClient() {
    var kafka = kafkaOf("production");

    assertThat(kafka.buildProducerProperties())
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
        .containsEntry("ssl.truststore.type", "PEM")
        .containsEntry("ssl.truststore.location", "/etc/tallypost/kafka-ca/ca.crt")
        .containsEntry(
            "sasl.jaas.config",
            "org.apache.kafka.common.security.scram.ScramLoginModule required"
                + " username=\"tallypost-audit-kafka/username\""
                + " password=\"tallypost-audit-kafka/password\";");
    for (var properties :
        new Map<?, ?>[] {kafka.buildConsumerProperties(), kafka.buildAdminProperties()}) {
      assertThat(properties.keySet().stream().map(String::valueOf))
          .contains("security.protocol", "sasl.jaas.config", "ssl.truststore.location");
    }
  }

  @Test
  void certificatesOfClientsArriveInEveryClient() {
    var kafka = kafkaOf("air-gapped");

    for (var properties :
        List.of(
            kafka.buildConsumerProperties(),
            kafka.buildProducerProperties(),
            kafka.buildAdminProperties())) {
      assertThat(properties)
          .containsEntry("security.protocol", "SSL")
          .containsEntry("ssl.keystore.type", "PEM")
          .containsEntry("ssl.keystore.certificate.chain", "tallypost-client-certificate/tls.crt")
          .containsEntry("ssl.keystore.key", "tallypost-client-certificate/tls.key");
    }
  }

  /** Secrets are files, which a process' environment does not show; the services read them. */
  @ParameterizedTest
  @FieldSource("io.tallypost.deployment.chart.Chart#VALUES")
  void secretsAreFilesWhereServicesLookForThem(String values) {
    String defaults =
        Chart.read(
            Chart.ROOT.resolve("infra/service-kit/src/main/resources/tallypost-defaults.yaml"));
    assertThat(defaults)
        .contains("optional:configtree:${SECRETS_DIRECTORY:/etc/tallypost/secrets}/");
    Map<String, Set<String>> settings = settings();

    for (Workload workload : Chart.rendered(values).workloads()) {
      assertThat(workload.container().getEnv())
          .as("variables of %s", workload.name())
          .allSatisfy(variable ->
              assertThat(
                      variable.getValueFrom() == null
                          || variable.getValueFrom().getSecretKeyRef() == null)
                  .as(variable.getName())
                  .isTrue());
      assertThat(workload.container().getEnvFrom()).isEmpty();
      if (!workload.secretFiles().isEmpty()) {
        assertThat(workload.container().getVolumeMounts())
            .filteredOn(mount -> mount.getName().equals("secrets"))
            .singleElement()
            .satisfies(mount -> {
              assertThat(mount.getMountPath()).isEqualTo("/etc/tallypost/secrets");
              assertThat(mount.getReadOnly()).isTrue();
            });
      }
      if (workload.isService()) {
        assertThat(workload.secretFiles().keySet())
            .as("files of %s", workload.component())
            .allMatch(name ->
                settings.getOrDefault(workload.component(), Set.of()).contains(name)
                    || name.startsWith("KAFKA_")
                    || name.startsWith("spring.kafka.ssl."));
      }
    }
  }

  /** As Spring Boot reads the variables and the files of a service. */
  private static KafkaProperties kafkaOf(String values) {
    Workload audit = Chart.rendered(values).service("audit-service");
    Map<String, Object> variables = new HashMap<>(audit.environment());
    var environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .forEach(source -> environment.getPropertySources().remove(source.getName()));
    environment
        .getPropertySources()
        .addFirst(
            new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
    environment
        .getPropertySources()
        .addLast(new MapPropertySource("files", new HashMap<>(audit.secretFiles())));
    ConfigurationPropertySources.attach(environment);
    return Binder.get(environment).bind("spring.kafka", KafkaProperties.class).get();
  }

  @Test
  void relaysHaveThePortsOfMail() {
    for (String component : new String[] {"intake-service", "delivery-worker"}) {
      assertThat(Chart.rendered("trial").service(component).environment())
          .containsEntry("RELAY_PORTS", "25,465,587,2525");
    }
  }

  @Test
  void brokersOfTrialsAreAskedForOneCopyAndOthersForThree() {
    assertThat(Chart.rendered("minimal").service("audit-service").environment())
        .containsEntry("KAFKA_REPLICATION_FACTOR", "1")
        .containsEntry("KAFKA_MIN_INSYNC_REPLICAS", "1")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "tallypost-kafka:9092");
    assertThat(Chart.rendered("trial").service("audit-service").environment())
        .containsEntry("KAFKA_REPLICATION_FACTOR", "3")
        .containsEntry("KAFKA_MIN_INSYNC_REPLICAS", "2");
  }
}
