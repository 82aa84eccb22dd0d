package io.tallypost.deployment.compose;

import static io.tallypost.deployment.compose.Yaml.ROOT;
import static io.tallypost.deployment.compose.Yaml.SERVICES;
import static io.tallypost.deployment.compose.Yaml.list;
import static io.tallypost.deployment.compose.Yaml.map;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** infra/compose says what the services, Prometheus and Grafana really look for. */
class ComposeTest {
  private static final Path DIRECTORY = ROOT.resolve("infra/compose");
  private static final Map<String, Object> COMPOSE =
      Yaml.document(DIRECTORY.resolve("compose.yaml"));

  /** Of our services, those of compose.yaml. */
  static final List<String> OURS = SERVICES;

  /** What the services know beside their settings: docs/tracing.md. */
  private static final Set<String> OTHER_VARIABLES = Set.of("OTEL_EXPORTER_OTLP_ENDPOINT");

  private static final Pattern SECTION =
      Pattern.compile("(?s)<!-- (\\S+) -->(.*?)<!-- end of \\1 -->");
  private static final Pattern ROW = Pattern.compile("(?m)^\\|[^|]*\\| `([A-Z][A-Z0-9_]*)` \\|");

  @Test
  void everyImageHasAVersion() {
    services()
        .forEach((name, service) -> {
          String image = String.valueOf(service.get("image"));
          assertThat(image.replaceAll("\\$\\{[^}]*}", "x"))
              .as(
                  "%s: a name without a host, for which registry has it is the operator's to say",
                  name)
              .matches("([a-z0-9-]+/)?[a-z0-9-]+:[A-Za-z0-9.-]+");
          String version = image.substring(image.lastIndexOf(":", image.length() - 2) + 1);
          assertThat(version)
              .as("version of %s", name)
              .containsPattern("\\d")
              .isNotEqualTo("latest");
        });
  }

  @Test
  void everyPublishedPortIsOfThisMachineAlone() {
    Map<String, List<?>> ports = new TreeMap<>();
    services()
        .forEach((name, service) -> {
          if (service.containsKey("ports")) {
            ports.put(name, list(service, "ports"));
            assertThat(list(service, "ports"))
                .allMatch(port -> port.toString().startsWith("127.0.0.1:"));
            assertThat(list(service, "networks")).asInstanceOf(LIST).contains("outside");
          }
        });
    assertThat(ports).containsOnlyKeys("front-door", "grafana", "jaeger", "mailpit", "prometheus");
    assertThat(map(map(COMPOSE, "networks"), "inside")).containsEntry("internal", true);
  }

  @ParameterizedTest
  @FieldSource("OURS")
  void ourServicesRunAsTheirImagesAreMadeFor(String name) {
    Map<String, Object> service = service(name);

    assertThat(service)
        .containsEntry("read_only", true)
        .containsEntry("tmpfs", List.of("/tmp"))
        .containsEntry("cap_drop", List.of("ALL"))
        .containsEntry("security_opt", List.of("no-new-privileges:true"))
        // Or it could not be scaled.
        .doesNotContainKeys("container_name", "ports");
    assertThat(map(service, "healthcheck")).containsEntry("test", List.of("CMD", "healthcheck"));
    assertThat(map(map(service, "depends_on"), "kafka"))
        .containsEntry("condition", "service_healthy");
    assertThat(service.get("image")).asString().contains("/" + name + ":");
  }

  /** The JVM takes its share of the container's memory: without a limit, of the machine's. */
  @ParameterizedTest
  @FieldSource("OURS")
  void ourServicesHaveTheMemoryOfTheirPods(String name) {
    Map<String, Object> chart = Yaml.document(ROOT.resolve("helm/tallypost/values.yaml"));
    String pod = name.replaceAll("delivery-|-service", "");
    Object limit = map(map(map(chart, pod), "resources"), "limits").get("memory");

    assertThat(service(name).get("mem_limit") + "i").isEqualToIgnoringCase(String.valueOf(limit));
  }

  @ParameterizedTest
  @FieldSource("OURS")
  void ourServicesKnowTheirVariables(String name) {
    Set<String> given = new TreeSet<>(map(service(name), "environment").keySet());
    Set<String> known = settings().getOrDefault(name, Set.of());

    given.removeAll(OTHER_VARIABLES);
    assertThat(given).isNotEmpty().isSubsetOf(known);
  }

  @Test
  void whatOthersWaitForTellsItsHealth() {
    services()
        .forEach((name, service) -> {
          if (service.get("depends_on") instanceof Map<?, ?> conditions) {
            conditions.forEach((other, condition) -> {
              assertThat(map(condition)).containsEntry("condition", "service_healthy");
              assertThat(service(String.valueOf(other)))
                  .as("%s, for %s", other, name)
                  .containsKey("healthcheck");
              // 12 of 5 s: what starts beside it must not make it unhealthy, which ends `make up`.
              assertThat(map(service(String.valueOf(other)), "healthcheck"))
                  .containsEntry("retries", 12);
            });
          }
        });
  }

  @Test
  void mountedFilesAreThereAndVolumesAreDeclared() {
    services()
        .forEach((name, service) -> {
          for (Object volume : list(service, "volumes")) {
            String source = volume.toString().split(":", 2)[0];
            if (source.startsWith(".")) {
              assertThat(DIRECTORY.resolve(source)).as(name).exists();
              assertThat(volume.toString()).endsWith(":ro");
            } else {
              assertThat(map(COMPOSE, "volumes")).containsKey(source);
            }
          }
        });
  }

  @Test
  void kafkaLeavesNoVolumeWithoutANameBehind() {
    assertThat(list(service("kafka"), "tmpfs"))
        .asInstanceOf(LIST)
        .containsExactly("/etc/kafka/secrets", "/mnt/shared/config");
  }

  @Test
  void theCoreRunsWithoutTheObservers() {
    Map<String, Object> core = new TreeMap<>(services());
    core.values().removeIf(service -> map(service).containsKey("profiles"));

    assertThat(services().keySet())
        .contains("jaeger", "prometheus", "alertmanager", "grafana")
        .hasSize(core.size() + 4);
    core.values().stream()
        .map(service -> map(service).getOrDefault("depends_on", Map.of()))
        .forEach(needed -> assertThat(core.keySet()).containsAll(map(needed).keySet()));
  }

  /** infra/prometheus and infra/grafana name what they look for; here it must have that name. */
  @Test
  void prometheusAndGrafanaFindWhatTheyAreTold() {
    Stream.of(
            "infra/prometheus/prometheus.yml",
            "infra/grafana/provisioning/datasources/tallypost.yml")
        .map(file -> Yaml.read(ROOT.resolve(file)))
        .flatMap(text ->
            Pattern.compile("names: \\[([a-z-]+)]|([a-z-]+):(?:9090|9093|16686)\\b")
                .matcher(text)
                .results())
        .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
        .forEach(name -> assertThat(services()).containsKey(name));
  }

  @Test
  void pathsAreThoseOfTheFrontDoor() {
    Map<String, String> routed = new TreeMap<>();
    String caddyfile = Yaml.read(DIRECTORY.resolve("Caddyfile"));
    Pattern.compile("@(\\w+) path (.*)")
        .matcher(caddyfile)
        .results()
        .forEach(matcher -> {
          Set<String> paths = Set.of(matcher.group(2).split(" ", -1));
          paths.stream()
              .filter(path -> !path.endsWith("/*"))
              .forEach(path -> {
                assertThat(paths).contains(path + "/*");
                routed.put(path, matcher.group(1));
              });
          assertThat(caddyfile)
              .containsPattern(
                  "reverse_proxy @%1$s \\{\\s+dynamic a %1$s-service 8080"
                      .formatted(matcher.group(1)));
        });

    assertThat(routed).isEqualTo(pathsOfTheFrontDoor()).hasSizeGreaterThan(10);
    // The first match answers, so the general paths come last.
    assertThat(caddyfile.indexOf("@intake")).isGreaterThan(caddyfile.lastIndexOf("@audit"));
  }

  private static Map<String, String> pathsOfTheFrontDoor() {
    String source =
        Yaml.read(
            ROOT.resolve(
                "infra/local-stack/src/main/java/io/tallypost/stack/services/FrontDoor.java"));
    String table = source.substring(source.indexOf("PATHS ="), source.indexOf("LONGEST_REQUEST"));
    Map<String, String> paths = new TreeMap<>();
    String role = "";
    for (var word :
        Pattern.compile("Role\\.([A-Z]+)|\"(/[^\"]*)\"").matcher(table).results().toList()) {
      if (word.group(1) != null) {
        role = word.group(1).toLowerCase(Locale.ROOT);
      } else {
        paths.put(word.group(2), role);
      }
    }
    return paths;
  }

  @Test
  void theSecretsThatAreAskedForAreMade() {
    String compose = Yaml.read(DIRECTORY.resolve("compose.yaml"));
    String makefile = Yaml.read(ROOT.resolve("Makefile"));
    Set<String> asked = new TreeSet<>();
    Pattern.compile("\\$\\{(\\w+):\\?")
        .matcher(compose)
        .results()
        .forEach(at -> asked.add(at.group(1)));

    assertThat(asked).isNotEmpty().allMatch(name -> makefile.contains("echo \"" + name + "="));
    // Compose wants them for everything that it does.
    assertThat(makefile)
        .containsPattern("\nup: infra/compose/\\.env ")
        .containsPattern("\ndown: infra/compose/\\.env ");
    assertThat(Yaml.read(ROOT.resolve(".gitignore")).lines()).contains(".env");
  }

  /** Compose itself refuses to start without what has no default: {@code ${NAME:?…}}. */
  @Test
  void noPasswordHasADefault() {
    Pattern secret = Pattern.compile("PASSWORD|SECRET|ENCRYPTION_KEY|TOKEN|_DSN");
    // A relay's login, which most have none of: blank is without.
    Set<String> optional = Set.of("SMTP_PASSWORD");
    Set<String> found = new TreeSet<>();
    services()
        .forEach((service, definition) ->
            map(definition, "environment")
                .forEach((name, value) -> {
                  if (secret.matcher(name).find()) {
                    found.add(name);
                    assertThat(String.valueOf(value))
                        .as("%s of %s", name, service)
                        .matches(
                            optional.contains(name) ? "\\$\\{\\w+:-}" : "\\$\\{\\w+:\\?[^}]+}");
                  }
                }));

    assertThat(found).contains("POSTGRES_PASSWORD", "DATABASE_PASSWORD", "EMAIL_ENCRYPTION_KEY");
    // Grafana's image makes admin/admin unless it is told otherwise.
    assertThat(map(service("grafana"), "environment"))
        .containsEntry("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "true")
        .containsEntry("GF_AUTH_BASIC_ENABLED", "false");
    // What is not set at all falls back to the service's own default, which must be none.
    for (String file : OURS) {
      assertThat(Yaml.read(ROOT.resolve(file + "/src/main/resources/application.yaml")))
          .doesNotContainPattern("PASSWORD:[^}]");
    }
  }

  @Test
  void theDockerfileCopiesWhatIsThereAndIsLetThrough() {
    String ignored = Yaml.read(ROOT.resolve(".dockerignore"));
    String dockerfile = Yaml.read(ROOT.resolve("infra/docker/Dockerfile"));

    Pattern.compile("(?m)^COPY (infra/\\S+(?: infra/\\S+)*) ")
        .matcher(dockerfile)
        .results()
        .flatMap(copy -> Arrays.stream(copy.group(1).split(" ", -1)))
        .forEach(file -> assertThat(Files.isExecutable(ROOT.resolve(file))).as(file).isTrue());
    assertThat(ignored.lines()).contains("*", "!infra/docker");
    assertThat(ignored.lines())
        .containsAll(
            SERVICES.stream().map(name -> "!%1$s/target/%1$s.jar".formatted(name)).toList());
    assertThat(dockerfile).contains("USER 1000:1000", "HEALTHCHECK", "-XX:AOTCache=");
  }

  private static Map<String, Object> service(String name) {
    return map(map(COMPOSE, "services"), name);
  }

  private static Map<String, Map<String, Object>> services() {
    return map(COMPOSE, "services").entrySet().stream()
        .collect(toMap(Map.Entry::getKey, service -> map(service.getValue())));
  }

  /** docs/settings.md, which is made from the services themselves. */
  private static Map<String, Set<String>> settings() {
    Map<String, Set<String>> settings = new HashMap<>();
    SECTION
        .matcher(Yaml.read(ROOT.resolve("docs/settings.md")))
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
    return settings;
  }
}
