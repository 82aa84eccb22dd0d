package io.tallypost.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process of the stack, with its output in a log file. */
public final class ChildProcess {

  private static final int TAIL_LINES = 25;
  private static final int TAIL_BYTES = 16 * 1024;

  private final String name;
  private final Path log;
  private final Process process;

  private ChildProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts a command with these variables added to the environment; a log of earlier runs is
   * continued.
   */
  public static ChildProcess start(
      String name, List<String> command, Map<String, String> environment, Path log) {
    // A terminal sends Ctrl-C to every process of its group. The stack ends its parts in order, so
    // they ignore it:
    // an ignored signal stays ignored over exec, and the JVM leaves it so.
    List<String> shielded =
        new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
    shielded.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(shielded)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    builder.environment().values().removeIf(String::isEmpty);
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      Process process = builder.start();
      process.getOutputStream().close();
      return new ChildProcess(name, log, process);
    } catch (IOException failure) {
      throw new PartFailedException(
          name, "cannot be started: " + failure.getMessage(), "", failure);
    }
  }

  /** The `java` of the JVM that runs now. */
  public static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /**
   * Options for brokers' and services' JVMs. A stack on somebody's machine should be up soon: the
   * quick compiler alone halves the CPU of a start. A benchmark of throughput wants the other one
   * too, and sets STACK_JAVA_OPTS.
   */
  public static List<String> javaOptions() {
    String options =
        System.getenv().getOrDefault("STACK_JAVA_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1");
    return List.of(options.strip().split("\\s+"));
  }

  /** The class path of the JVM that runs now; Surefire hides it behind a jar of its own. */
  public static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  public String name() {
    return name;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public Path log() {
    return log;
  }

  /** Completes with the exit code when the process has ended for any reason. */
  public CompletableFuture<Integer> ended() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /** SIGTERM; true when the process has ended within the time. */
  public boolean terminate(Duration patience) {
    process.destroy();
    return waitFor(patience);
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() {
    process.destroyForcibly();
    if (!waitFor(Duration.ofSeconds(10))) {
      throw new IllegalStateException(name + " (pid " + pid() + ") survived SIGKILL");
    }
  }

  private boolean waitFor(Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  /** The failure of this part to start, with the end of its log. */
  public PartFailedException failure(String what) {
    String state = isAlive() ? what : "ended with exit code " + process.exitValue();
    return new PartFailedException(name, state, tail(log));
  }

  /** The last lines of a log file, or nothing when there is none. */
  public static String tail(Path log) {
    if (!Files.exists(log)) {
      return "";
    }
    try (var file = Files.newByteChannel(log)) {
      file.position(Math.max(0, file.size() - TAIL_BYTES));
      var bytes = ByteBuffer.allocate(TAIL_BYTES);
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {
        // until the end of the file
      }
      List<String> lines =
          new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
