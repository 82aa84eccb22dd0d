package io.tallypost.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tallypost.stack.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A {@link CrowdCommand} that runs, with less right to the processors than anybody else. */
final class CrowdProcess implements AutoCloseable {
  private static final Path NICE = Path.of("/usr/bin/nice");

  private final Process process;
  private final BufferedReader output;
  private final Path log;

  private CrowdProcess(Process process, Path log) {
    this.process = process;
    this.output = process.inputReader(UTF_8);
    this.log = log;
  }

  /** Starts one, and waits until it has begun. */
  static CrowdProcess start(CrowdPlan plan, Path log) throws IOException {
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
    var input = crowd.process.outputWriter(UTF_8);
    input.write(plan.json() + "\n");
    input.flush();
    if (!CrowdCommand.READY.equals(crowd.output.readLine())) {
      throw crowd.failure("did not begin");
    }
    return crowd;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it; what it was answered. */
  CrowdReport end() throws IOException {
    if (!isAlive()) {
      throw failure("ended too soon");
    }
    process.outputWriter(UTF_8).close();
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
