package io.posthorn.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.posthorn.stack.smtp.SmtpSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The embedded stack, started by its own script as a user would, once for all tests of a JVM; its
 * relay is a sink in this JVM, so that tests can say what it answers.
 */
final class PosthornStack {
  private static final Path SCRIPT =
      Path.of("..", "local-stack", "bin", "stack").toAbsolutePath().normalize();
  private static final Duration START = Duration.ofMinutes(3);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static @Nullable PosthornStack running;

  private final Path directory;
  private final SmtpSink sink;

  private PosthornStack(Path directory, SmtpSink sink) {
    this.directory = directory;
    this.sink = sink;
  }

  /** The stack, started if it is not yet. */
  static synchronized PosthornStack running() {
    PosthornStack stack = running;
    if (stack == null) {
      stack = start();
      running = stack;
    }
    return stack;
  }

  private static PosthornStack start() {
    try {
      Path directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "stack");
      SmtpSink sink = SmtpSink.start();
      Path output = directory.resolve("stack.log");
      var builder =
          new ProcessBuilder(
                  SCRIPT.toString(),
                  "--no-demo",
                  "--smtp",
                  sink.host() + ":" + sink.port(),
                  "--data",
                  directory.toString())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      // Tests that count verdicts: a slow machine must not turn a 429 into "queued".
      builder.environment().put("POSTHORN_INTAKE_VERDICT_WAIT", "10s");
      // A ladder that tests can wait for.
      builder.environment().put("POSTHORN_DELIVERY_RETRY_DELAYS", "1s,2s");
      Process launcher = builder.start();
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(launcher)));
      await()
          .atMost(START)
          .failFast(() -> {
            if (!launcher.isAlive()) {
              throw new AssertionError("the stack ended:\n" + read(output));
            }
          })
          .until(() -> Files.exists(directory.resolve("stack.json")));
      return new PosthornStack(directory, sink);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void stop(Process launcher) {
    launcher.destroy();
    try {
      if (!launcher.waitFor(60, TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
      }
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
    }
  }

  /** The relay that everything is sent to. */
  SmtpSink sink() {
    return sink;
  }

  String apiUrl() {
    return description().path("api").asString();
  }

  String adminKey() {
    return description().path("admin_key").asString();
  }

  /** A key that may send and read. */
  String sendingKey() {
    return description().path("api_key").asString();
  }

  String bootstrapServers() {
    return description().path("kafka").path("bootstrap").asString();
  }

  /** The processes of a role, in the order of their numbers. */
  List<JsonNode> services(String role) {
    return StreamSupport.stream(description().path("services").spliterator(), false)
        .filter(service -> service.path("role").asString().equals(role))
        .toList();
  }

  /** {@code stack start|stop|kill ROLE [N]} on this stack. */
  void control(String... arguments) {
    try {
      var command = new ArrayList<>(List.of(SCRIPT.toString()));
      command.addAll(List.of(arguments));
      command.addAll(List.of("--data", directory.toString()));
      var builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", arguments) + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** SIGKILL to the newest process of a role, without the second that the script takes. */
  void killNow(String role) {
    long pid = services(role).getLast().path("pid").asLong();
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    await()
        .until(() ->
            services(role).stream().noneMatch(service -> service.path("pid").asLong() == pid));
  }

  /** The log lines that the processes of a role have written so far. */
  Stream<String> log(String role) {
    try (Stream<Path> files = Files.list(directory.resolve("logs"))) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).contains(role))
          .toList()
          .stream()
          .flatMap(file -> read(file).lines());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode description() {
    return JSON.readTree(read(directory.resolve("stack.json")));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
