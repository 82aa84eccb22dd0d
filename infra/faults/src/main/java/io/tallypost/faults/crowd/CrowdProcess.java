package io.tallypost.faults.crowd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.stack.ChildProcess;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link CrowdCommand} that runs, with less right to the processors than anybody else. */
public final class CrowdProcess implements AutoCloseable {
  private static final Path NICE = Path.of("/usr/bin/nice");

  private final Process process;
  private final BufferedReader output;
  private final BufferedWriter input;
  private final Path log;

  private CrowdProcess(Process process, Path log) {
    this.process = process;
    this.output = process.inputReader(UTF_8);
    this.input = process.outputWriter(UTF_8);
    this.log = log;
  }

  /** Starts one, and waits until it has begun. */
  public static CrowdProcess start(CrowdPlan plan, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(NICE)) {
      command.addAll(List.of(NICE.toString(), "-n", "10"));
    }
    command.addAll(
        List.of(
            ChildProcess.java(),
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            ChildProcess.classPath(),
            CrowdCommand.class.getName()));
    var crowd =
        new CrowdProcess(
            new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start(),
            log);
    crowd.write(plan.json());
    if (!CrowdCommand.READY.equals(crowd.output.readLine())) {
      throw crowd.failure("did not begin");
    }
    return crowd;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it was answered so far. */
  CrowdReport report() throws IOException {
    requireAlive();
    write("");
    return readReport();
  }

  /** Whether each kind had its usual answers so far. */
  public boolean metAll() {
    try {
      return report().missing().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it; what it was answered. */
  public CrowdReport end() throws IOException {
    requireAlive();
    input.close();
    return readReport();
  }

  private void requireAlive() {
    if (!isAlive()) {
      throw failure("ended too soon");
    }
  }

  private void write(String line) throws IOException {
    input.write(line + "\n");
    input.flush();
  }

  private CrowdReport readReport() throws IOException {
    String report = output.readLine();
    if (report == null) {
      throw failure("made no report");
    }
    return CrowdReport.parse(report);
  }

  private IllegalStateException failure(String what) {
    close();
    return new IllegalStateException("the crowd %s:\n%s".formatted(what, ChildProcess.tail(log)));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
