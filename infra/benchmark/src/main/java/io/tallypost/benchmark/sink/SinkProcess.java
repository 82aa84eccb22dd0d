package io.tallypost.benchmark.sink;

import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A running {@link FastSink}, and what it has taken so far. */
public record SinkProcess(ChildProcess process, int port, Journal journal, Path mute)
    implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);

  public static SinkProcess start(Path directory) throws IOException {
    int port = FreePorts.next();
    Path file = directory.resolve("sink-%d.journal".formatted(port));
    List<String> command =
        List.of(
            ChildProcess.java(),
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-cp",
            ChildProcess.classPath(),
            FastSink.class.getName(),
            Integer.toString(port),
            file.toString());
    var process = ChildProcess.start("sink", command, Map.of(), directory.resolve("sink.log"));
    long end = System.nanoTime() + START.toNanos();
    while (!Files.exists(file) || !accepts(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw process.failure("was not ready");
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    return new SinkProcess(
        process, port, Journal.read(file), file.resolveSibling(file.getFileName() + ".mute"));
  }

  private static boolean accepts(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /** Answers no MAIL any more, until {@link #recover}. */
  public void hang() throws IOException {
    Files.createFile(mute);
  }

  public void recover() throws IOException {
    Files.deleteIfExists(mute);
  }

  @Override
  public void close() {
    process.kill();
  }
}
