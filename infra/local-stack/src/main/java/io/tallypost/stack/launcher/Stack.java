package io.tallypost.stack.launcher;

import io.tallypost.stack.AtExit;
import io.tallypost.stack.FreePorts;
import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.KafkaCluster;
import io.tallypost.stack.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;

/** A running stack: starts the parts in order and keeps stack.json true. */
final class Stack {

  private static final int PREFERRED_PORT = 8080;
  private static final int DEMO_LIMIT = 1_000;
  private static final int ENCRYPTION_KEY_BYTES = 32;

  private final StackOptions options;
  private final Path data;
  private final Console console;
  private final Leftovers leftovers;
  private final FrontDoor frontDoor;
  private final KafkaCluster kafka;
  private final PostgresServer postgres;
  private final Optional<SinkProcess> sink;
  private final Services services;
  private Optional<Keys> keys = Optional.empty();

  private record Keys(String admin, String api) {}

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
    Services.requireJars(root);
    StackFile.remove(options.data());
    Stack stack = new Stack(options, root, console);
    stack.services.startAll(options);
    stack.makeKeys();
    stack.openControl();
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
        operatorKeyFile(),
        encryptionKey());
  }

  /** Made at the first start and kept: what is sealed by it must open after the next one. */
  private String encryptionKey() {
    Path file = data.resolve("encryption.key");
    try {
      if (!Files.exists(file)) {
        var key = new byte[ENCRYPTION_KEY_BYTES];
        new SecureRandom().nextBytes(key);
        PrivateFile.write(file, "stack:" + Base64.getEncoder().encodeToString(key) + "\n");
      }
      return Files.readString(file).strip();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private StackOptions.Relay relay() {
    return options.smtp().or(() -> sink.map(SinkProcess::relay)).orElseThrow();
  }

  private Path operatorKeyFile() {
    return data.resolve("operator.key");
  }

  /**
   * The operator's key is made by intake at the first start; with it, the launcher makes one for
   * sending.
   */
  private void makeKeys() {
    Path demoKey = data.resolve("demo.key");
    try {
      if (!Files.exists(operatorKeyFile())) {
        throw new IllegalStateException(
            "intake has written no operator key to %s: if its data is older, remove %s"
                .formatted(operatorKeyFile(), data));
      }
      String admin = Files.readString(operatorKeyFile()).strip();
      if (!Files.exists(demoKey)) {
        String name = "demo-" + Long.toString(System.currentTimeMillis(), 36);
        JsonNode made = api().createKey(admin, name, DEMO_LIMIT);
        PrivateFile.write(demoKey, made.path("api_key").asString() + "\n");
      }
      keys = Optional.of(new Keys(admin, Files.readString(demoKey).strip()));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
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
    keys.ifPresent(made -> StackFile.write(data, description(made)));
  }

  private Map<String, Object> description(Keys made) {
    Map<String, Object> smtp = new LinkedHashMap<>();
    smtp.put("host", relay().host());
    smtp.put("port", relay().port());
    sink.ifPresent(own -> {
      smtp.put("inbox", own.inbox().toString());
      smtp.put("pid", own.process().pid());
    });
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("pid", ProcessHandle.current().pid());
    description.put("api", frontDoor.url().toString());
    description.put("services", services.running().stream().map(Stack::description).toList());
    description.put(
        "kafka",
        Map.of(
            "bootstrap", kafka.bootstrapServers(),
            "pids", kafka.brokers().stream().map(KafkaBroker::pid).toList()));
    description.put("postgres", database());
    description.put("smtp", smtp);
    description.put("admin_key", made.admin());
    description.put("api_key", made.api());
    return description;
  }

  private Map<String, Object> database() {
    Map<String, Object> database = new LinkedHashMap<>();
    database.put("jdbc", postgres.jdbcUrl("tallypost"));
    database.put("user", postgres.user());
    database.put("password", postgres.password());
    postgres.livingPid().ifPresent(pid -> database.put("pid", pid));
    return database;
  }

  private static Map<String, Object> description(ServiceProcess service) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("role", service.role().word());
    description.put("number", service.number());
    description.put("pid", service.process().pid());
    description.put("api", service.api().toString());
    description.put("management", service.management().toString());
    return description;
  }

  private String carryOut(ControlCommand command) {
    String done =
        switch (command.part()) {
          case "kafka" -> broker(command);
          case "postgres" -> database(command);
          case "smtp" -> sink(command);
          default -> service(command, Role.named(command.part()).orElseThrow());
        };
    describe();
    return done;
  }

  private String service(ControlCommand command, Role role) {
    ServiceProcess service =
        switch (command.action()) {
          case START ->
              command
                  .number()
                  .map(number -> services.start(role, number))
                  .orElseGet(() -> services.startAnother(role));
          case STOP -> services.stop(role, command.number());
          case KILL -> services.kill(role, command.number());
        };
    return told(command, service.name(), service.process().pid());
  }

  private String broker(ControlCommand command) {
    int number = command.number().orElse(1);
    if (number > options.brokers()) {
      throw new UsageException("there is no kafka " + number);
    }
    KafkaBroker broker = kafka.broker(number);
    switch (command.action()) {
      case START -> {
        broker.restart();
        remember(broker.pid());
      }
      case STOP -> broker.stop();
      case KILL -> broker.kill();
    }
    return told(command, "kafka " + number, broker.pid());
  }

  private String database(ControlCommand command) {
    switch (command.action()) {
      case START -> {
        postgres.restart();
        remember(postgres.pid());
      }
      case STOP -> postgres.stop();
      case KILL -> postgres.kill();
    }
    return "postgres: %s done".formatted(command.action());
  }

  private String sink(ControlCommand command) {
    SinkProcess own =
        sink.orElseThrow(() -> new UsageException("the SMTP server of --smtp is not ours"));
    switch (command.action()) {
      case START -> {
        own.restart();
        remember(own.process().pid());
      }
      case STOP -> own.close();
      case KILL -> own.process().kill();
    }
    return told(command, "smtp", own.process().pid());
  }

  private static String told(ControlCommand command, String name, long pid) {
    String state =
        switch (command.action()) {
          case START -> "is ready";
          case STOP -> "has stopped";
          case KILL -> "is killed";
        };
    return "%s (pid %d) %s".formatted(name, pid, state);
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
