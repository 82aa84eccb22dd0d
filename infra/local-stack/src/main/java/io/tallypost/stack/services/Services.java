package io.tallypost.stack.services;

import io.tallypost.stack.cli.Console;
import io.tallypost.stack.cli.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/** The service processes of a running stack. */
public final class Services implements AutoCloseable {

  private final Path root;
  private final Path logs;
  private final Function<Path, ServiceJar> jars;
  private final ServiceEnvironment environment;
  private final FrontDoor frontDoor;
  private final Console console;
  private final Consumer<ServiceProcess> onChange;
  private final Map<String, ServiceProcess> known = new ConcurrentHashMap<>();
  private boolean closed;

  /**
   * None runs yet.
   *
   * @param jars what to start a service's jar from
   * @param onChange is told of each process that became ready or has ended
   */
  public Services(
      Path root,
      Path logs,
      Function<Path, ServiceJar> jars,
      ServiceEnvironment environment,
      FrontDoor frontDoor,
      Console console,
      Consumer<ServiceProcess> onChange) {
    this.root = root;
    this.logs = logs;
    this.jars = jars;
    this.environment = environment;
    this.frontDoor = frontDoor;
    this.console = console;
    this.onChange = onChange;
  }

  /** Fails with one line when a jar is not there. */
  public static void requireJars(Path root, List<Role> roles) {
    for (Role role : roles) {
      if (!Files.exists(root.resolve(role.jar()))) {
        throw new UsageException(role.jar() + " is missing: run `make build` first");
      }
    }
  }

  /**
   * Starts as many of each role as wanted, as many at a time as there are processors: more would
   * only take turns. The first failure is thrown; processes started by then must still be closed.
   */
  public void startAll(StackOptions options) {
    List<CompletableFuture<?>> starts = new ArrayList<>();
    int processors = Runtime.getRuntime().availableProcessors();
    try (ExecutorService starters = Executors.newFixedThreadPool(Math.max(2, processors))) {
      int most = options.counts().values().stream().max(Comparator.naturalOrder()).orElse(1);
      for (int number = 1; number <= most; number++) {
        for (Role role : Role.values()) {
          int wanted = number;
          if (wanted <= options.count(role)) {
            starts.add(CompletableFuture.runAsync(() -> start(role, wanted), starters));
          }
        }
      }
      try {
        CompletableFuture.allOf(starts.toArray(CompletableFuture[]::new)).join();
      } catch (CompletionException failure) {
        starters.shutdownNow();
        throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
      }
    }
  }

  /** Starts one more of a role and waits until it is ready. */
  public ServiceProcess startAnother(Role role) {
    return start(role, running(role).stream().mapToInt(ServiceProcess::number).max().orElse(0) + 1);
  }

  public ServiceProcess start(Role role, int number) {
    ServiceProcess service = launch(role, number, jars.apply(jar(role)));
    console.progress(service.name(), "starts (pid %d)".formatted(service.process().pid()));
    service.awaitReady();
    frontDoor.add(role, service.api());
    console.progress(service.name(), "ready, management on " + service.management());
    onChange.accept(service);
    return service;
  }

  private synchronized ServiceProcess launch(Role role, int number, ServiceJar jar) {
    if (closed) {
      throw new IllegalStateException("the stack is being stopped");
    }
    String name = role.word() + " " + number;
    if (known.containsKey(name)) {
      throw new UsageException(name + " is running already");
    }
    ServiceProcess service = ServiceProcess.start(role, number, jar, environment.of(role), logs);
    known.put(name, service);
    var _ = service.process().ended().thenAccept(code -> gone(service, code));
    return service;
  }

  /**
   * Another build in {@code DATA/jars} comes before ours, so that two versions can run side by
   * side; by its real path, since a link there may change while the process runs.
   */
  private Path jar(Role role) {
    Path ours = root.resolve(role.jar());
    Path other = logs.resolveSibling("jars").resolve(ours.getFileName());
    try {
      return Files.exists(other) ? other.toRealPath() : ours;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private synchronized void gone(ServiceProcess service, int code) {
    boolean first = known.remove(service.name(), service);
    frontDoor.remove(service.role(), service.api());
    if (first && !closed) {
      console.progress(
          service.name(),
          "ended with exit code %d; its log is %s".formatted(code, service.process().log()));
      onChange.accept(service);
    }
  }

  /** SIGTERM, and waits. */
  public ServiceProcess stop(Role role, Optional<Integer> number) {
    ServiceProcess service = find(role, number);
    frontDoor.remove(role, service.api());
    service.stop();
    return ended(service);
  }

  /** SIGKILL. */
  public ServiceProcess kill(Role role, Optional<Integer> number) {
    ServiceProcess service = find(role, number);
    service.process().kill();
    return ended(service);
  }

  private ServiceProcess ended(ServiceProcess service) {
    gone(service, service.process().ended().join());
    return service;
  }

  private ServiceProcess find(Role role, Optional<Integer> number) {
    List<ServiceProcess> candidates = running(role);
    return candidates.stream()
        .filter(service -> number.isEmpty() || number.get() == service.number())
        .max(Comparator.comparingInt(ServiceProcess::number))
        .orElseThrow(() ->
            new UsageException(
                "no such %s is running; there are: %s"
                    .formatted(
                        role.word(), candidates.stream().map(ServiceProcess::name).toList())));
  }

  private List<ServiceProcess> running(Role role) {
    return running().stream().filter(service -> service.role() == role).toList();
  }

  public List<ServiceProcess> running() {
    return known.values().stream()
        .sorted(Comparator.comparing(ServiceProcess::role).thenComparingInt(ServiceProcess::number))
        .toList();
  }

  /** Ends all of them at once, gracefully. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    try (ExecutorService stoppers = Executors.newVirtualThreadPerTaskExecutor()) {
      running().forEach(service -> stoppers.execute(service::stop));
    }
  }
}
