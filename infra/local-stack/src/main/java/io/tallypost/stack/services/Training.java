package io.tallypost.stack.services;

import io.tallypost.stack.AtExit;
import io.tallypost.stack.ChildProcess;
import io.tallypost.stack.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the caches for quick starts with {@code infra/docker/train}, once per build. */
public final class Training implements AutoCloseable {

  private final Path root;
  private final Path log;
  private final List<ChildProcess> running = new ArrayList<>();
  private boolean closed;

  /** Whether somebody waits for it; otherwise it takes idle CPU only. */
  private volatile boolean awaited = true;

  /** Unfinished work when this JVM ends is dropped. */
  public Training(Path root, Path log) {
    this.root = root;
    this.log = log;
    AtExit.close(this);
  }

  /** One after the other, beside services that run, whose CPU it does not take. */
  public void inBackground() {
    awaited = false;
    Thread.ofPlatform()
        .daemon()
        .name("training")
        .start(() -> List.of(Role.values()).forEach(this::train));
  }

  /** Returns when the service has a cache; false when none could be made. */
  public boolean train(Role role) {
    ServiceJar jar = ServiceJar.unpacked(root.resolve(role.jar()));
    if (!jar.isTrained()) {
      jar.cache()
          .flatMap(cache -> start(role, jar.jar(), cache))
          .ifPresent(training -> training.ended().join());
    }
    return jar.isTrained();
  }

  private synchronized Optional<ChildProcess> start(Role role, Path jar, Path cache) {
    if (!closed) {
      List<String> command = new ArrayList<>();
      if (!awaited) {
        command.addAll(List.of("nice", "-n", "19"));
      }
      command.add(root.resolve("infra/docker/train").toString());
      command.addAll(List.of(ChildProcess.java(), jar.toString(), cache.toString(), role.heap()));
      command.addAll(ChildProcess.javaOptions());
      Map<String, String> port = Map.of("MANAGEMENT_PORT", Integer.toString(FreePorts.next()));
      ChildProcess training = ChildProcess.start("training " + role.word(), command, port, log);
      running.add(training);
      return Optional.of(training);
    }
    return Optional.empty();
  }

  @Override
  public synchronized void close() {
    closed = true;
    running.forEach(training -> training.terminate(Duration.ofSeconds(5)));
  }
}
