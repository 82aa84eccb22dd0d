package io.tallypost.stack.launcher;

import io.tallypost.stack.KafkaBroker;
import io.tallypost.stack.Parallel;
import io.tallypost.stack.cli.Between;
import io.tallypost.stack.cli.Console;
import io.tallypost.stack.cli.Program;
import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.cli.WholeNumber;
import io.tallypost.stack.control.ControlCommand;
import io.tallypost.stack.control.StackFile;
import io.tallypost.stack.services.Role;
import io.tallypost.stack.services.Services;
import io.tallypost.stack.services.StackOptions;
import io.tallypost.stack.services.Training;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code bin/stack}: its own options start a stack, its subcommands speak to one that runs. */
@Command(
    name = "stack",
    description =
        "Starts everything, in the foreground, until Ctrl-C; or speaks to a stack that runs.",
    subcommands = {
      StackCommand.Start.class,
      StackCommand.Stop.class,
      StackCommand.Kill.class,
      SeedCommand.class,
      ReplayCommand.class,
      RebuildCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "PART is intake, quota, worker, audit, kafka, postgres or smtp; N counts from 1 within it.",
      "A service's jar in DIR/jars is started instead of ours: an upgrade is tried by putting the next one there.",
      "Settings of the services are taken from the environment (LOG_LEVEL, FROM_EMAIL, OTEL_EXPORTER_OTLP_ENDPOINT, …);",
      "STACK_AUDIT_… is for audit alone (STACK_AUDIT_DATABASE_URL), and so for the other roles.",
      "Exits with 0 when done, with 1 when a part failed, with 2 when wrongly used."
    })
public final class StackCommand implements Callable<Integer> {

  private static final int MAX_PROCESSES = 32;
  private static final String KAFKA = "kafka";

  @Option(
      names = "--intakes",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description = "processes of intake (${DEFAULT-VALUE})")
  @Between(min = 1, max = MAX_PROCESSES)
  private int intakes = 1;

  @Option(
      names = "--quotas",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description = "processes of quota (${DEFAULT-VALUE})")
  @Between(min = 1, max = MAX_PROCESSES)
  private int quotas = 1;

  @Option(
      names = "--workers",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description = "processes of the worker (${DEFAULT-VALUE})")
  @Between(min = 1, max = MAX_PROCESSES)
  private int workers = 1;

  @Option(
      names = "--audits",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description = "processes of audit (${DEFAULT-VALUE})")
  @Between(min = 1, max = MAX_PROCESSES)
  private int audits = 1;

  @Option(
      names = "--brokers",
      paramLabel = "1|3",
      parameterConsumer = WholeNumber.class,
      description = "Kafka brokers (${DEFAULT-VALUE})")
  @Between(min = 1, max = 3)
  private int brokers = 1;

  @Option(
      names = "--smtp",
      paramLabel = "HOST:PORT",
      description = "send in clear to a server on this machine instead of our sink")
  private Optional<String> smtp = Optional.empty();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      parameterConsumer = WholeNumber.class,
      description = "the front door's port (8080 when it is free, else a free one)")
  @Between(min = 1, max = 65_535)
  private Optional<Integer> port = Optional.empty();

  @Option(
      names = "--postgres-port",
      paramLabel = "PORT",
      parameterConsumer = WholeNumber.class,
      description = "PostgreSQL's port (a free one)")
  @Between(min = 1, max = 65_535)
  private Optional<Integer> postgresPort = Optional.empty();

  @Mixin private DataOption data = new DataOption();

  @Option(names = "--no-demo", description = "send no first mail")
  private boolean withoutDemo;

  @Option(
      names = "--train",
      description =
          "once all is up, make what the services' next starts are quicker by (AOT caches), if this build has none")
  private boolean train;

  @Option(
      names = "--packed",
      description = "start the services from their jars as built, not unpacked and cached")
  private boolean packed;

  public static void main(String[] args) {
    System.exit(Program.of(new StackCommand()).execute(args));
  }

  StackOptions options() {
    return new StackOptions(
        Map.of(Role.INTAKE, intakes, Role.QUOTA, quotas, Role.WORKER, workers, Role.AUDIT, audits),
        brokers,
        smtp.map(StackOptions.Relay::parse),
        data.data(),
        port,
        postgresPort,
        !withoutDemo,
        packed,
        train);
  }

  @Override
  public Integer call() throws IOException {
    StackOptions options = options();
    Files.createDirectories(options.data());
    try (FileChannel file =
            FileChannel.open(
                options.data().resolve("launcher.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = file.tryLock()) {
      if (lock == null) {
        throw new UsageException(
            "a stack runs on %s already: end it, or name another folder with --data"
                .formatted(options.data()));
      }
      Console console = new Console(System.out);
      Stack stack = Stack.start(options, Program.root(), console);
      console.progress("stack", "ready");
      if (options.demo()) {
        stack.demonstrate();
      }
      console.line("");
      stack.summary().forEach(console::line);
      // Until a signal: what runs is closed by AtExit.
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  @Command(
      name = "start",
      description = {
        "Starts one more of a role and waits until it is ready; with N, that one again.",
        "Kafka, postgres and smtp come back on their ports; the sink forgets its mails."
      })
  static final class Start extends PartCommand {
    Start() {
      super(ControlCommand.Action.START);
    }
  }

  @Command(
      name = "stop",
      description = "SIGTERM, and waits. Without N: the newest of a role, the first broker.")
  static final class Stop extends PartCommand {
    Stop() {
      super(ControlCommand.Action.STOP);
    }
  }

  @Command(
      name = "kill",
      description = "SIGKILL. Without N: the newest of a role, the first broker.")
  static final class Kill extends PartCommand {
    Kill() {
      super(ControlCommand.Action.KILL);
    }
  }

  @Command(
      name = "train",
      description = "Makes the AOT caches now, of all services and the broker, or of these.")
  int train(
      @Parameters(
              paramLabel = "PART",
              arity = "0..*",
              description = "intake, quota, worker, audit, kafka")
          @Nullable List<String> words,
      @Mixin DataOption of)
      throws IOException {
    List<String> parts =
        words == null || words.isEmpty()
            ? Stream.concat(Arrays.stream(Role.values()).map(Role::word), Stream.of(KAFKA)).toList()
            : words;
    Path root = Program.root();
    Services.requireJars(
        root, parts.stream().filter(part -> !part.equals(KAFKA)).map(StackCommand::role).toList());
    Path log = Files.createDirectories(of.data()).resolve("training.log");
    Training training = new Training(root, log);
    // All at once: a training waits as much as it computes.
    List<Boolean> trained =
        Parallel.calls(
            parts.size(),
            parts.size(),
            i ->
                parts.get(i).equals(KAFKA)
                    ? KafkaBroker.train(of.data().resolve("training-kafka"))
                    : training.train(role(parts.get(i))));
    for (int i = 0; i < parts.size(); i++) {
      System.out.println(
          parts.get(i) + (trained.get(i) ? ": trained" : ": not trained, see " + of.data()));
    }
    return trained.contains(false) ? 1 : 0;
  }

  private static Role role(String word) {
    return Role.named(word)
        .orElseThrow(() ->
            new UsageException(
                "no service is called %s: it is intake, quota, worker or audit".formatted(word)));
  }

  @Command(name = "shell", description = "psql on the stack's database.")
  int shell(@Mixin DataOption of) {
    JsonNode postgres = StackFile.read(of.data()).path("postgres");
    String url = postgres.path("jdbc").asString().substring("jdbc:".length());
    try {
      ProcessBuilder psql =
          new ProcessBuilder("psql", "-U", postgres.path("user").asString(), url).inheritIO();
      psql.environment().put("PGPASSWORD", postgres.path("password").asString());
      return psql.start().waitFor();
    } catch (IOException missing) {
      throw new IllegalStateException("psql is not installed; the database is " + url, missing);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }
}
