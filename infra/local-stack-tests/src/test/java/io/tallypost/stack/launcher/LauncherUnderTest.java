package io.tallypost.stack.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tallypost.stack.AtExit;
import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.control.StackFile;
import io.tallypost.stack.rest.RestClient;
import io.tallypost.stack.services.Role;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The launcher as a process, with its real parts and stand-ins for the services. */
public final class LauncherUnderTest implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path root;
  private @Nullable ChildProcess launcher;
  private int launchers;

  /** Puts the stand-ins where the services' jars are. */
  LauncherUnderTest(Path root) throws IOException {
    this.root = root;
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

  public static String testClasses() {
    return Arrays.stream(ChildProcess.classPath().split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith("test-classes"))
        .map(entry -> Path.of(entry).toUri().toString())
        .findFirst()
        .orElseThrow();
  }

  /** Starts one more; the last one is meant by all that follows. */
  void start(Map<String, String> environment, String... args) {
    launchers++;
    ChildProcess started = process("launcher-" + launchers, environment, args);
    // Also when this JVM is ended in the middle of a test.
    AtExit.close(() -> started.terminate(Duration.ofMinutes(1)));
    launcher = started;
  }

  /** What another `stack` process prints. */
  String command(String... args) throws IOException {
    ChildProcess process = process("command", Map.of(), args);
    process.ended().join();
    String printed = Files.readString(process.log());
    Files.delete(process.log());
    return printed;
  }

  private ChildProcess process(String name, Map<String, String> environment, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                ChildProcess.java(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.jboss.logging.provider=slf4j",
                "-Dlogback.configurationFile=io/tallypost/stack/launcher-logback.xml",
                "-Dtallypost.root=" + root,
                "-cp",
                ChildProcess.classPath(),
                StackCommand.class.getName()));
    command.addAll(List.of(args));
    command.addAll(List.of("--data", root.resolve("data").toString()));
    return ChildProcess.start(
        name, command, new HashMap<>(environment), root.resolve(name + ".out"));
  }

  JsonNode awaitReady() {
    await()
        .atMost(PATIENCE)
        .failFast(() -> !launcher().isAlive())
        .untilAsserted(() -> assertThat(output()).contains("Ctrl-C ends everything"));
    return stack();
  }

  /** SIGTERM. */
  void terminate() {
    launcher().terminate(Duration.ofMinutes(1));
  }

  /** SIGKILL. */
  void kill() {
    launcher().kill();
  }

  int exitCode() {
    return launcher().ended().orTimeout(120, TimeUnit.SECONDS).join();
  }

  String output() throws IOException {
    return Files.readString(launcher().log());
  }

  Path stackFile() {
    return StackFile.in(root.resolve("data"));
  }

  JsonNode stack() {
    return StackFile.read(root.resolve("data"));
  }

  private ChildProcess launcher() {
    return requireNonNull(launcher, "start one first");
  }

  static List<String> roles(JsonNode stack) {
    return services(stack)
        .map(service -> service.path("role").asString() + " " + service.path("number").asInt())
        .toList();
  }

  static long pid(JsonNode stack, String role) {
    return services(stack)
        .filter(service -> service.path("role").asString().equals(role))
        .map(service -> service.path("pid").asLong())
        .findFirst()
        .orElseThrow();
  }

  /** Of all processes but the launcher. */
  static List<Long> pids(JsonNode stack) {
    List<Long> pids = new ArrayList<>();
    stack.path("services").forEach(service -> pids.add(service.path("pid").asLong()));
    stack.path("kafka").path("pids").forEach(pid -> pids.add(pid.asLong()));
    pids.add(stack.path("postgres").path("pid").asLong());
    pids.add(stack.path("smtp").path("pid").asLong());
    return pids;
  }

  private static Stream<JsonNode> services(JsonNode stack) {
    return StreamSupport.stream(stack.path("services").spliterator(), false);
  }

  /** A process that nobody has waited for yet is a zombie, not alive. */
  static boolean isAlive(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().command())
        .isPresent();
  }

  static String get(URI uri) {
    return RestClient.of(uri.resolve("/").toString()).get(uri.getPath()).text();
  }

  @Override
  public void close() {
    if (launcher != null) {
      terminate();
    }
  }
}
