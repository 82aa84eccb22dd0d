package io.tallypost.deployment.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A value that is wrong stops the installation, and says which it is. */
class ValuesTest {
  private static final JsonNode SCHEMA = schema();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trial: {kafka: {enabled: true}}                         | trial",
        "imge: {tag: a}                                          | imge",
        "image: {pullPolicy: Sometimes}                          | pullPolicy",
        "image: {tag: 'a b'}                                     | tag",
        "log: {level: loud}                                      | level",
        "mail: {fromEmail: nobody}                               | fromEmail",
        "mail: {defaultDailyLimit: 0}                            | defaultDailyLimit",
        "smtp: {port: 70000}                                     | port",
        "smtp: {security: ssl}                                   | security",
        "smtp: {existingSecret: Not_A_Name}                      | existingSecret",
        "kafka: {bootstrapServers: kafka}                        | bootstrapServers",
        "kafka: {auth: {mechanism: plain}}                       | mechanism",
        "kafka: {auth: {mechanism: mtls}}                        | kafka.auth.existingSecret",
        "kafka: {topics: {replicationFactor: 0}}                 | replicationFactor",
        "database: {url: 'jdbc:postgresql://x/y'}                | url",
        "database: {tls: {mode: verify-full}}                    | caSecret",
        "database: {tls: {mode: on}}                             | mode",
        "image: {digests: {intake-service: latest}}              | digests",
        "image: {tag: 'a@sha256:1111111111111111111111111111111111111111111111111111111111111111'} | tag",
        "audit: {env: {DATABASE_PASSWORD: x}}                    | DATABASE_PASSWORD",
        "ingress: {enabled: true, host: mail.example.org}        | trustedProxies",
        "{ingress: {enabled: true, host: mail.example.org}, trustedProxies: []} | trustedProxies",
        "{ingress: {enabled: true, host: mail.example.org}, trustedProxies: null} | trustedProxies",
        "tracing: {sampleRatio: 2}                               | sampleRatio",
        "env: {tallypost.intake.verdict-wait: 1s}                 | tallypost.intake.verdict-wait",
        "env: {TALLYPOST_INTAKE_VERDICT_WAIT: 1}                  | TALLYPOST_INTAKE_VERDICT_WAIT",
        "worker: {env: {SMTP_SECURITY: none, KAFKA_BOOTSTRAP_SERVERS: 'x:1'}} | KAFKA_BOOTSTRAP_SERVERS",
        "intake: {replicas: many}                                | replicas",
        "intake: {resources: {requests: {memory: lots}, limits: {memory: 1Gi}}} | memory",
        "intake: {autoscaling: {kind: hpa}}                      | kind",
        "worker: {drainSeconds: 0}                               | drainSeconds",
        "worker: {revokeSeconds: 241}                            | revokeSeconds",
        "worker: {replicas: 25}                                  | kafka.topics.partitions",
        "worker: {autoscaling: {kind: hpa, maxReplicas: 25}}     | kafka.topics.partitions",
        "worker: {autoscaling: {kind: keda}}                     | prometheusUrl",
        "audit: {retention: 30}                                  | retention",
        "ingress: {enabled: true}                                | host",
        "networkPolicy: {apiFrom: [{namespace: x}]}              | namespace",
        "networkPolicy: {smtpTo: [{ipBlock: {cidr: everywhere}}]} | cidr",
        "monitoring: {serviceMonitor: {enabled: true}}           | serviceMonitor",
        "bundled: {redis: {enabled: true}}                       | redis"
      })
  void isRefused(String values, String named) throws IOException {
    Path file = Files.writeString(folder.resolve("values.yaml"), values);

    assertThatThrownBy(() -> Chart.rendered(Chart.ci("trial"), file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(named);
  }

  /** Behind a proxy that is believed whoever it is, a client would choose its own address. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0/0",
        "::/0",
        "203.0.113.7/0",
        "2001:db8::/0",
        "0.0.0.0/00",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "64.0.0.0/7",
        "2000::/3",
        "fc00::/6",
        "::ffff:0.0.0.0/0"
      })
  void trustsNoRangeThatClientsAreIn(String range) throws IOException {
    Path file = Files.writeString(folder.resolve("values.yaml"), proxies("10.0.0.0/8", range));

    assertThatThrownBy(() -> Chart.rendered(Chart.ci("trial"), file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("trustedProxies: " + range + " is wider than a /")
        .hasMessageContaining("name the ranges of your proxies alone");
  }

  @Test
  void trustsProxies() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("values.yaml"), proxies("10.0.0.0/8", "fc00::/7", "172.16.9.4/32"));

    assertThat(Chart.rendered(Chart.ci("trial"), file).service("quota-service").environment())
        .containsEntry("TRUSTED_PROXIES", "10.0.0.0/8,fc00::/7,172.16.9.4/32");
  }

  private static String proxies(String... ranges) {
    return "trustedProxies: ['%s']".formatted(String.join("', '", ranges));
  }

  @Test
  void valuesAndSchemaKnowTheSameNames() {
    Map<String, Object> values =
        StrictYaml.documents(Chart.read(Chart.DIRECTORY.resolve("values.yaml"))).getFirst();
    Set<String> ofSchema = names(SCHEMA, "");
    ofSchema.remove("global");

    assertThat(names(values, "", ofSchema)).isEqualTo(ofSchema);
  }

  /** Where the schema lists names, it lists all: {@code additionalProperties} is false. */
  private static Set<String> names(JsonNode node, String path) {
    Set<String> names = new TreeSet<>();
    node.path("properties")
        .properties()
        .forEach(property -> {
          assertThat(node.path("additionalProperties"))
              .as("additionalProperties at %s", path)
              .isEqualTo(BooleanNode.FALSE);
          String name = path.isEmpty() ? property.getKey() : path + "." + property.getKey();
          Set<String> below = names(property.getValue(), name);
          names.addAll(below.isEmpty() ? Set.of(name) : below);
        });
    return names;
  }

  /** Down to where the schema lists no more names. */
  private static Set<String> names(Map<String, Object> values, String path, Set<String> leaves) {
    Set<String> names = new TreeSet<>();
    values.forEach((key, value) -> {
      String name = path.isEmpty() ? key : path + "." + key;
      if (value instanceof Map<?, ?> && !leaves.contains(name)) {
        names.addAll(names(StrictYaml.map(value), name, leaves));
      } else {
        names.add(name);
      }
    });
    return names;
  }

  private static JsonNode schema() {
    try {
      return JsonMapper.builder()
          .build()
          .readTree(Chart.read(Chart.DIRECTORY.resolve("values.schema.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
