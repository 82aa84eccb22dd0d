package io.tallypost.stack.launcher;

import io.tallypost.stack.AtExit;
import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.FreePorts;
import io.tallypost.stack.Patience;
import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.services.StackOptions;
import io.tallypost.stack.smtp.SinkMain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The SMTP sink as a process of its own; its mails are gone with it, its ports stay. */
final class SinkProcess implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final int port = FreePorts.next();
  private final int inboxPort = FreePorts.next();
  private final Path log;
  private volatile ChildProcess process;

  private SinkProcess(Path log) {
    this.log = log;
    this.process = run(port, inboxPort, log);
  }

  static SinkProcess start(Path log) {
    SinkProcess sink = new SinkProcess(log);
    AtExit.close(sink);
    sink.awaitReady();
    return sink;
  }

  private static ChildProcess run(int port, int inboxPort, Path log) {
    List<String> command =
        List.of(
            ChildProcess.java(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-Dsink.keep.mails=200000",
            "-Dsink.keep.megabytes=256",
            "-cp",
            ChildProcess.classPath(),
            SinkMain.class.getName(),
            Integer.toString(port),
            Integer.toString(inboxPort));
    return ChildProcess.start("smtp", command, Map.of(), log);
  }

  private void awaitReady() {
    Patience.first(
        PATIENCE, () -> accepts() || !process.isAlive() ? Optional.of(true) : Optional.empty());
    if (!accepts()) {
      throw process.failure("was not ready within " + PATIENCE.toSeconds() + " s");
    }
  }

  private boolean accepts() {
    try (Socket smtp = new Socket(InetAddress.getLoopbackAddress(), port);
        Socket http = new Socket(InetAddress.getLoopbackAddress(), inboxPort)) {
      return smtp.isConnected() && http.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  StackOptions.Relay relay() {
    return new StackOptions.Relay("127.0.0.1", port);
  }

  URI inbox() {
    return URI.create("http://127.0.0.1:" + inboxPort);
  }

  ChildProcess process() {
    return process;
  }

  void restart() {
    if (process.isAlive()) {
      throw new UsageException("smtp is running already");
    }
    process = run(port, inboxPort, log);
    awaitReady();
  }

  @Override
  public void close() {
    if (!process.terminate(Duration.ofSeconds(5))) {
      process.kill();
    }
  }
}
