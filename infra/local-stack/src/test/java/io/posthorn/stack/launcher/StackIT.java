package io.posthorn.stack.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.posthorn.stack.AtExit;
import io.posthorn.stack.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The launcher as a process, with its real parts and stand-ins for the services. */
class StackIT {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path root;
  private Optional<ChildProcess> launcher = Optional.empty();
  private int launchers;

  @BeforeEach
  void putStandInsWhereTheServicesAre() throws IOException {
    for (Role role : Role.values()) {
      Path jar = root.resolve(role.jar());
      Files.createDirectories(jar.getParent());
      Manifest manifest = new Manifest();
      Attributes attributes = manifest.getMainAttributes();
      attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
      attributes.put(Attributes.Name.MAIN_CLASS, FakeService.class.getName());
      attributes.put(Attributes.Name.CLASS_PATH, testClasses());
      new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    }
  }

  static String testClasses() {
    return Arrays.stream(ChildProcess.classPath().split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith("test-classes"))
        .map(entry -> Path.of(entry).toUri().toString())
        .findFirst()
        .orElseThrow();
  }

  @AfterEach
  void end() {
    launcher.ifPresent(process -> process.terminate(Duration.ofMinutes(1)));
  }

  @Test
  void runsWhatItWasToldAndEndsAllOfIt() throws Exception {
    start(Map.of(), "--quotas", "2");
    JsonNode stack = awaitReady();

    assertThat(output())
        .contains("delivered")
        .contains("API key   sk_live_demo")
        .contains("curl -s " + stack.path("api").asString() + "/api/v1/send");
    assertThat(roles(stack))
        .containsExactly("intake 1", "quota 1", "quota 2", "worker 1", "audit 1");
    assertThat(stack.path("admin_key").asString()).isEqualTo("sk_live_operator");
    assertThat(Files.getPosixFilePermissions(stackFile()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(get(URI.create(stack.path("smtp").path("inbox").asString()).resolve("/count")))
        .contains("\"received\":0");
    List<Long> pids = pids(stack);
    assertThat(pids).hasSize(8).allMatch(StackIT::isAlive);

    requireNonNull(launcher.orElse(null)).terminate(Duration.ofMinutes(1));

    assertThat(pids).noneMatch(StackIT::isAlive);
    assertThat(stackFile()).doesNotExist();
  }

  @Test
  void addsStopsAndKillsOneAndGoesOn() throws Exception {
    start(Map.of(), "--no-demo");
    JsonNode before = awaitReady();

    assertThat(command("start", "audit")).contains("audit 2", "is ready");
    assertThat(roles(stack())).contains("audit 1", "audit 2");
    assertThat(command("kill", "audit", "1")).contains("audit 1", "is killed");
    assertThat(roles(stack())).contains("audit 2").doesNotContain("audit 1");
    assertThat(get(api(before, "/api/v1/messages/x"))).isEqualTo(pidOf(stack(), "audit"));
    assertThat(command("stop", "audit")).contains("audit 2", "has stopped");
    assertThat(command("stop", "audit")).contains("no such audit is running");
    assertThat(command("start", "audit", "1")).contains("audit 1", "is ready");

    assertThat(command("kill", "kafka")).contains("kafka 1", "is killed");
    assertThat(command("start", "kafka")).contains("kafka 1", "is ready");
    assertThat(stack().path("kafka").path("bootstrap"))
        .isEqualTo(before.path("kafka").path("bootstrap"));
    assertThat(stack().path("kafka").path("pids")).isNotEqualTo(before.path("kafka").path("pids"));

    kill(pidOf(stack(), "worker"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(roles(stack())).doesNotContain("worker 1"));
    assertThat(output()).contains("worker 1   ended with exit code 137");
    assertThat(get(api(before, "/api/v1/usage"))).isEqualTo(pidOf(stack(), "quota"));
  }

  @Test
  void aFailedStartShowsWhyAndLeavesNothing() throws Exception {
    start(Map.of("FAKE_FAILURE", "no luck"));

    assertThat(exitCode()).isEqualTo(1);
    assertThat(output())
        .containsPattern(
            "stack: \\w+ 1 ended with exit code 1; its log ends:\ncannot start: no luck");
    assertThat(stackFile()).doesNotExist();
    assertThat(Files.readAllLines(root.resolve("data/pids")))
        .isNotEmpty()
        .map(line -> Long.parseLong(line.split(" ", -1)[0]))
        .noneMatch(StackIT::isAlive);
  }

  @Test
  void theNextLauncherEndsWhatAKilledOneLeft() throws Exception {
    start(Map.of(), "--no-demo");
    List<Long> left = pids(awaitReady());
    requireNonNull(launcher.orElse(null)).kill();
    assertThat(left).allMatch(StackIT::isAlive);

    Files.delete(stackFile());
    start(Map.of(), "--no-demo");
    JsonNode next = awaitReady();

    assertThat(left).noneMatch(StackIT::isAlive);
    assertThat(next.path("api_key").asString()).isEqualTo("sk_live_demo");
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    Files.delete(root.resolve(Role.AUDIT.jar()));
    start(Map.of());

    assertThat(exitCode()).isEqualTo(2);
    assertThat(output())
        .isEqualTo(
            "stack: audit-service/target/audit-service.jar is missing: run `make build` first\n");
  }

  private void start(Map<String, String> environment, String... args) {
    launchers++;
    ChildProcess started = stackProcess("launcher-" + launchers, environment, args);
    // Also when this JVM is ended in the middle of a test.
    AtExit.close(() -> started.terminate(Duration.ofMinutes(1)));
    launcher = Optional.of(started);
  }

  private ChildProcess stackProcess(String name, Map<String, String> environment, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                ChildProcess.java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dorg.jboss.logging.provider=slf4j",
                "-Dlogback.configurationFile=io/posthorn/stack/launcher-logback.xml",
                "-Dposthorn.root=" + root,
                "-cp",
                ChildProcess.classPath(),
                StackCommand.class.getName()));
    command.addAll(List.of(args));
    command.addAll(List.of("--data", root.resolve("data").toString()));
    return ChildProcess.start(
        name, command, new HashMap<>(environment), root.resolve(name + ".out"));
  }

  /** What another `stack` process prints. */
  private String command(String... args) throws IOException {
    ChildProcess process = stackProcess("command", Map.of(), args);
    process.ended().join();
    String printed = Files.readString(process.log());
    Files.delete(process.log());
    return printed;
  }

  private JsonNode awaitReady() {
    await()
        .atMost(PATIENCE)
        .failFast(() -> !requireNonNull(launcher.orElse(null)).isAlive())
        .untilAsserted(() -> assertThat(output()).contains("Ctrl-C ends everything"));
    return stack();
  }

  private int exitCode() {
    return requireNonNull(launcher.orElse(null)).ended().orTimeout(120, TimeUnit.SECONDS).join();
  }

  private String output() throws IOException {
    return Files.readString(requireNonNull(launcher.orElse(null)).log());
  }

  private Path stackFile() {
    return StackFile.in(root.resolve("data"));
  }

  private JsonNode stack() {
    return StackFile.read(root.resolve("data"));
  }

  private static List<String> roles(JsonNode stack) {
    return StreamSupport.stream(stack.path("services").spliterator(), false)
        .map(service -> service.path("role").asString() + " " + service.path("number").asInt())
        .toList();
  }

  private static String pidOf(JsonNode stack, String role) {
    return StreamSupport.stream(stack.path("services").spliterator(), false)
        .filter(service -> service.path("role").asString().equals(role))
        .map(service -> Long.toString(service.path("pid").asLong()))
        .findFirst()
        .orElseThrow();
  }

  private static List<Long> pids(JsonNode stack) {
    List<Long> pids = new ArrayList<>();
    stack.path("services").forEach(service -> pids.add(service.path("pid").asLong()));
    stack.path("kafka").path("pids").forEach(pid -> pids.add(pid.asLong()));
    pids.add(stack.path("postgres").path("pid").asLong());
    pids.add(stack.path("smtp").path("pid").asLong());
    return pids;
  }

  /** A process that nobody has waited for yet is a zombie, not alive. */
  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().command())
        .isPresent();
  }

  private static void kill(String pid) {
    ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
  }

  private static URI api(JsonNode stack, String path) {
    return URI.create(stack.path("api").asString() + path);
  }

  private static String get(URI uri) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }
}
