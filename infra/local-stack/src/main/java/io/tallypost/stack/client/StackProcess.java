package io.tallypost.stack.client;

import io.tallypost.stack.Patience;
import io.tallypost.stack.control.Control;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The embedded stack, started by its own script as a user would, with free ports and its data in a
 * folder of its own; it ends with this JVM at the latest.
 */
public class StackProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(5);
  private static final Duration GONE = Duration.ofSeconds(10);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StackRecipe recipe;
  private final Process launcher;
  private final Thread atExit = new Thread(this::stop, "stack-process");

  /**
   * Starts it, and waits until its API can be used.
   *
   * @throws IllegalStateException with the launcher's output when it does not start
   */
  @SuppressWarnings("this-escape") // The hook only ends the launcher, which is there by then.
  public StackProcess(StackRecipe recipe) {
    this.recipe = recipe;
    List<String> command = new ArrayList<>(List.of(recipe.script().toString()));
    command.addAll(recipe.arguments());
    command.addAll(List.of("--data", recipe.directory().toString()));
    Path output = recipe.directory().resolve("launcher.log");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(recipe.environment());
    try {
      Files.createDirectories(recipe.directory());
      this.launcher = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(atExit);
    Patience.first(
        START,
        () ->
            Files.exists(stackFile()) || !launcher.isAlive()
                ? Optional.of(true)
                : Optional.empty());
    if (!Files.exists(stackFile())) {
      close();
      throw new IllegalStateException("the stack did not start:\n" + read(output));
    }
  }

  /** Where requests go: the launcher's front door. */
  public String apiUrl() {
    return description().path("api").asString();
  }

  /** The operator's key. */
  public String adminKey() {
    return description().path("admin_key").asString();
  }

  /** A key that may send and read. */
  public String sendingKey() {
    return description().path("api_key").asString();
  }

  public String bootstrapServers() {
    return description().path("kafka").path("bootstrap").asString();
  }

  /** The processes of a role that run, in the order of their numbers. */
  public List<JsonNode> services(String role) {
    return StreamSupport.stream(description().path("services").spliterator(), false)
        .filter(service -> service.path("role").asString().equals(role))
        .toList();
  }

  /**
   * {@code stack start|stop|kill ROLE [N]} on this stack, without the second that the script takes.
   *
   * @return what it said
   * @throws RuntimeException when it failed, with the reason
   */
  public String control(String action, String... part) {
    return Control.send(recipe.directory(), action, part);
  }

  /** SIGKILL to the newest process of a role. */
  public void killNow(String role) {
    long pid = services(role).getLast().path("pid").asLong();
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    awaitGone(role, pid);
  }

  /** Waits until the launcher has noticed that this process has ended. */
  public void awaitGone(String role, long pid) {
    boolean gone =
        Patience.first(
                GONE,
                () ->
                    services(role).stream()
                            .noneMatch(service -> service.path("pid").asLong() == pid)
                        ? Optional.of(true)
                        : Optional.empty())
            .isPresent();
    if (!gone) {
      throw new IllegalStateException("%s with pid %d is still there".formatted(role, pid));
    }
  }

  /** The log lines that the processes of a role have written so far. */
  public Stream<String> log(String role) {
    try (Stream<Path> files = Files.list(recipe.directory().resolve("logs"))) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).contains(role))
          .toList()
          .stream()
          .flatMap(file -> read(file).lines());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code stack.json} as it is now. */
  public JsonNode description() {
    return JSON.readTree(read(stackFile()));
  }

  /** The folder of its data, logs and stack.json. */
  public Path directory() {
    return recipe.directory();
  }

  /** Ends all of its processes; the folder stays. */
  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(atExit);
    stop();
  }

  private void stop() {
    launcher.destroy();
    try {
      if (!launcher.waitFor(90, TimeUnit.SECONDS)) {
        launcher.destroyForcibly();
      }
    } catch (InterruptedException e) {
      launcher.destroyForcibly();
    }
  }

  private Path stackFile() {
    return recipe.directory().resolve("stack.json");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
