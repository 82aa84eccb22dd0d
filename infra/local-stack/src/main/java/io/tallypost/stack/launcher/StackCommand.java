package io.tallypost.stack.launcher;

import io.tallypost.stack.PartFailedException;
import io.tallypost.stack.client.Parallel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;

/** {@code bin/stack}. */
public final class StackCommand {

  private static final String HELP =
      """
      stack [options]                     starts everything, in the foreground, until Ctrl-C
        --intakes N --quotas N --workers N --audits N
                                          processes of each role (1)
        --brokers 1|3                     Kafka brokers (1)
        --smtp HOST:PORT                  send in clear to a server on this machine instead of our sink
        --port PORT                       the front door's port (8080 when it is free, else a free one)
        --postgres-port PORT              PostgreSQL's port (a free one)
        --data DIR                        all data, logs and stack.json (.tallypost in the repository)
        --no-demo                         send no first mail
        --train                           once all is up, make what the services' next starts are quicker by (AOT
                                          caches), if this build has none
        --packed                          start the services from their jars as built, not unpacked and cached

      stack start PART [N] [--data DIR]   starts one more of a role and waits until it is ready; with N, that one again
      stack stop  PART [N] [--data DIR]   SIGTERM, and waits
      stack kill  PART [N] [--data DIR]   SIGKILL
        PART is intake, quota, worker, audit, kafka, postgres or smtp; N counts from 1 within it. Without N: the newest
        of a role, the first broker. Kafka, postgres and smtp come back on their ports; the sink forgets its mails.
        A service's jar in DIR/jars is started instead of ours: an upgrade is tried by putting the next one there.

      stack train                         makes those caches now

      stack seed [--name NAME] [--limit N] [--data DIR]
                                          makes a sending key and prints it once; asks for what is missing
      stack replay [NAME=VALUE …] [--rate N] [--relay ID] [--dry-run] [--data DIR]
                                          replays the dead letters that wait and match, and shows the progress;
        NAME is tenant, category, relay, smtp_code, recipient_domain, since or until
      stack rebuild-audit [--data DIR]    stops audit, projects the send log anew from the topics, starts audit again
      stack shell [--data DIR]            psql on the stack's database

      Settings of the services are taken from the environment (LOG_LEVEL, FROM_EMAIL, OTEL_EXPORTER_OTLP_ENDPOINT, …);
      STACK_AUDIT_… is for audit alone (STACK_AUDIT_DATABASE_URL), and so for the other roles.
      """;

  private StackCommand() {}

  public static void main(String[] args) {
    System.exit(run(Arrays.asList(args)));
  }

  /** The exit code: 0 done, 1 a part failed, 2 wrongly used. */
  private static int run(List<String> args) {
    Path root = Path.of(System.getProperty("tallypost.root", ".")).toAbsolutePath().normalize();
    Path data = root.resolve(".tallypost");
    String first = args.isEmpty() ? "" : args.getFirst();
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    try {
      return switch (first) {
        case "--help", "-h", "help" -> {
          System.out.print(HELP);
          yield 0;
        }
        case "start", "stop", "kill" -> {
          var action = ControlCommand.Action.valueOf(first.toUpperCase(Locale.ROOT));
          System.out.println(Control.send(ControlCommand.parse(action, rest, data)));
          yield 0;
        }
        case "train" -> train(root, data);
        case "seed" -> seed(new Arguments(rest), data);
        case "replay" -> {
          ReplayCommand.parse(rest, data).run(new Console(System.out));
          yield 0;
        }
        case "rebuild-audit" -> RebuildCommand.parse(rest, data).run(root, new Console(System.out));
        case "shell" -> shell(new Arguments(rest), data);
        default -> foreground(StackOptions.parse(args, data), root);
      };
    } catch (UsageException wrong) {
      System.err.println("stack: " + wrong.getMessage());
      return 2;
    } catch (PartFailedException | IllegalStateException failure) {
      System.err.println("stack: " + failure.getMessage());
      return 1;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static int train(Path root, Path data) throws IOException {
    Services.requireJars(root);
    Path log = Files.createDirectories(data).resolve("training.log");
    Training training = new Training(root, log);
    Role[] roles = Role.values();
    // All at once: a training waits as much as it computes.
    List<Boolean> trained =
        Parallel.calls(roles.length, roles.length, i -> training.train(roles[i]));
    for (int i = 0; i < roles.length; i++) {
      System.out.println(
          roles[i].word() + (trained.get(i) ? ": trained" : ": not trained, see " + log));
    }
    return trained.contains(false) ? 1 : 0;
  }

  private static int foreground(StackOptions options, Path root) throws IOException {
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
      Stack stack = Stack.start(options, root, console);
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

  private static int seed(Arguments arguments, Path defaultData) throws IOException {
    Path data = defaultData;
    Optional<String> name = Optional.empty();
    Optional<String> limit = Optional.empty();
    while (!arguments.isEmpty()) {
      String flag = arguments.next();
      switch (flag) {
        case "--name" -> name = Optional.of(arguments.valueOf(flag));
        case "--limit" -> limit = Optional.of(arguments.valueOf(flag));
        case "--data" -> data = Path.of(arguments.valueOf(flag));
        default -> throw new UsageException("unknown argument " + flag + "; see stack --help");
      }
    }
    JsonNode stack = StackFile.read(data);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String keyName = name.isPresent() ? name.get() : ask(in, "Name of the key: ");
    String text = limit.isPresent() ? limit.get() : ask(in, "Mails a day [1000]: ");
    int daily = Arguments.number("the daily limit", text.isBlank() ? "1000" : text, 1, 100_000_000);
    JsonNode made =
        new Api(URI.create(stack.path("api").asString()))
            .createKey(stack.path("admin_key").asString(), keyName, daily);
    System.out.println(made.path("api_key").asString());
    return 0;
  }

  private static String ask(BufferedReader in, String question) throws IOException {
    System.err.print(question);
    System.err.flush();
    String answer = in.readLine();
    if (answer == null) {
      throw new UsageException("give NAME=… and LIMIT=… where nobody can be asked");
    }
    return answer.strip();
  }

  private static int shell(Arguments arguments, Path defaultData) {
    Path data = defaultData;
    if (!arguments.isEmpty()) {
      String flag = arguments.next();
      if (!flag.equals("--data")) {
        throw new UsageException("unknown argument " + flag + "; see stack --help");
      }
      data = Path.of(arguments.valueOf(flag));
    }
    JsonNode postgres = StackFile.read(data).path("postgres");
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
