package io.tallypost.stack.launcher;

import io.tallypost.stack.AtExit;
import io.tallypost.stack.FreePorts;
import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.KafkaCluster;
import io.tallypost.stack.PostgresServer;
import io.tallypost.stack.cli.Console;
import io.tallypost.stack.control.Control;
import io.tallypost.stack.control.ControlCommand;
import io.tallypost.stack.control.PrivateFile;
import io.tallypost.stack.control.StackFile;
import io.tallypost.stack.services.FrontDoor;
import io.tallypost.stack.services.Role;
import io.tallypost.stack.services.ServiceEnvironment;
import io.tallypost.stack.services.ServiceJar;
import io.tallypost.stack.services.ServiceProcess;
import io.tallypost.stack.services.Services;
import io.tallypost.stack.services.StackOptions;
import io.tallypost.stack.services.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A running stack: starts the parts in order and keeps stack.json true. */
final class Stack {

  private static final int PREFERRED_PORT = 8080;

  private final StackOptions options;
  private final Path data;
  private final Console console;
  private final Leftovers leftovers;
  private final FrontDoor frontDoor;
  private final KafkaCluster kafka;
  private final PostgresServer postgres;
  private final Optional<SinkProcess> sink;
  private final Services services;
  private Optional<StackKeys> keys = Optional.empty();

  private Stack(StackOptions options, Path root, Console console) {
    this.options = options;
    this.data = options.data();
    this.console = console;
    this.leftovers = new Leftovers(data);
    this.frontDoor = openFrontDoor(options);
    AtExit.close(frontDoor);
    int left = leftovers.end();
    if (left > 0) {
      console.progress(
          "launcher", "ended %d processes of a launcher that was killed".formatted(left));
    }
    try (ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
      var brokers = CompletableFuture.supplyAsync(this::startKafka, starters);
      var database = CompletableFuture.supplyAsync(this::startPostgres, starters);
      var mails = CompletableFuture.supplyAsync(this::startSink, starters);
      this.kafka = result(brokers);
      this.postgres = result(database);
      this.sink = result(mails);
    }
    this.services =
        new Services(
            root,
            logs(),
            options.packed() ? ServiceJar::packed : ServiceJar::unpacked,
            environment(),
            frontDoor,
            console,
            this::changed);
    AtExit.close(services);
  }

  /** Starts everything and returns once the API can be used. */
  static Stack start(StackOptions options, Path root, Console console) {
    Services.requireJars(root, List.of(Role.values()));
    StackFile.remove(options.data());
    Stack stack = new Stack(options, root, console);
    stack.services.startAll(options);
    stack.keys = Optional.of(StackKeys.make(options.data(), stack.api()));
    stack.openControl();
    stack.writeEnvironments();
    if (options.train()) {
      new Training(root, stack.logs().resolve("training.log")).inBackground();
    }
    return stack;
  }

  private static <T> T result(CompletableFuture<T> start) {
    try {
      return start.join();
    } catch (CompletionException failure) {
      throw failure.getCause() instanceof RuntimeException cause ? cause : failure;
    }
  }

  private static FrontDoor openFrontDoor(StackOptions options) {
    return options.port().isPresent()
        ? FrontDoor.open(options.port().orElseThrow())
        : FrontDoor.openPreferably(PREFERRED_PORT);
  }

  private Path logs() {
    return data.resolve("logs");
  }

  private KafkaCluster startKafka() {
    console.progress("kafka", "starts %d broker(s)".formatted(options.brokers()));
    KafkaCluster cluster = KafkaCluster.start(data.resolve("kafka"), options.brokers());
    for (KafkaBroker broker : cluster.brokers()) {
      remember(broker.pid());
      linkLog("kafka-" + broker.nodeId(), broker.log());
    }
    console.progress("kafka", "ready on " + cluster.bootstrapServers());
    return cluster;
  }

  private PostgresServer startPostgres() {
    console.progress("postgres", "starts");
    // Unlike in tests, what is measured here should cost what it costs: a commit is on the disk.
    PostgresServer server =
        PostgresServer.start(
            data.resolve("postgres"),
            options.postgresPort().orElseGet(FreePorts::next),
            Map.of("fsync", "on"));
    server.createDatabase("tallypost");
    server.createRoles("tallypost");
    remember(server.pid());
    linkLog("postgres", server.log());
    console.progress("postgres", "ready on " + server.jdbcUrl("tallypost"));
    return server;
  }

  private Optional<SinkProcess> startSink() {
    if (options.smtp().isPresent()) {
      return Optional.empty();
    }
    SinkProcess started = SinkProcess.start(logs().resolve("smtp.log"));
    remember(started.process().pid());
    console.progress(
        "smtp", "ready on port %d, inbox on %s".formatted(started.relay().port(), started.inbox()));
    return Optional.of(started);
  }

  private void remember(long pid) {
    leftovers.remember(pid);
  }

  /** Every log can be found in one folder. */
  private void linkLog(String name, Path log) {
    Path link = logs().resolve(name + ".log");
    try {
      Files.createDirectories(logs());
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, logs().relativize(log));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private ServiceEnvironment environment() {
    return new ServiceEnvironment(
        System.getenv(),
        frontDoor.url(),
        kafka.bootstrapServers(),
        options.brokers(),
        postgres.jdbcUrl("tallypost"),
        postgres.password(),
        relay(),
        sink.isPresent(),
        StackKeys.operatorFile(data),
        EncryptionKey.in(data));
  }

  /** For a service that is started from an IDE instead: {@code .run/} names these files. */
  private void writeEnvironments() {
    ServiceEnvironment environment = environment();
    try {
      Path folder = Files.createDirectories(data.resolve("env"));
      for (Role role : Role.values()) {
        PrivateFile.write(folder.resolve(role.word() + ".env"), environment.file(role));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private StackOptions.Relay relay() {
    return options.smtp().or(() -> sink.map(SinkProcess::relay)).orElseThrow();
  }

  private void openControl() {
    try {
      AtExit.close(Control.open(data, this::carryOut));
      AtExit.close(() -> StackFile.remove(data));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    describe();
  }

  /** A service process has become ready or has ended. */
  private void changed(ServiceProcess service) {
    if (service.process().isAlive()) {
      remember(service.process().pid());
    }
    describe();
  }

  private synchronized void describe() {
    keys.ifPresent(made ->
        StackFile.write(
            data,
            new StackDescription(frontDoor.url(), kafka, postgres, relay(), sink, services, made)
                .content()));
  }

  private String carryOut(ControlCommand command) {
    String done =
        new Parts(options.brokers(), kafka, postgres, sink, services, this::remember)
            .carryOut(command);
    describe();
    return done;
  }

  private Api api() {
    return new Api(frontDoor.url());
  }

  /** Sends a first mail and shows its way. */
  void demonstrate() {
    new Demo(api(), keys.orElseThrow().api(), sink.map(SinkProcess::inbox), console).run();
  }

  /** What a user needs to go on. */
  List<String> summary() {
    String url = frontDoor.url().toString();
    String key = keys.orElseThrow().api();
    List<String> lines = new ArrayList<>();
    lines.add("API       " + url);
    sink.map(SinkProcess::inbox)
        .map(URI::toString)
        .ifPresent(at -> lines.add("Inbox     " + at + "/messages"));
    lines.add("API key   " + key);
    lines.add("Details   " + StackFile.in(data) + " (logs beside it)");
    lines.add("");
    lines.add("Try next:");
    lines.add(
        """
          curl -s %s/api/v1/send -H 'X-API-Key: %s' -H 'Content-Type: application/json' \\
            -d '{"to": "you@example.test", "subject": "Hello", "text": "Hello from Tallypost"}'
        """
            .formatted(url, key)
            .stripTrailing());
    lines.add("");
    lines.add("Ctrl-C ends everything.");
    return lines;
  }
}
