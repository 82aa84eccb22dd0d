package io.tallypost.benchmark;

import io.tallypost.stack.cli.Between;
import io.tallypost.stack.cli.Program;
import io.tallypost.stack.cli.WholeNumber;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/bench}: each method is a benchmark, each parameter one of its options. */
@Command(
    name = "bench",
    description = {
      "Measures the whole system on this machine, and prints a table in Markdown.",
      "Each benchmark but smtp starts a stack of its own on free ports, and ends what it started."
    },
    subcommands = HelpCommand.class,
    footer = {
      "",
      "`bench COMMAND --help` shows its options.",
      "Exits with 0 when all that was to hold has held, with 1 when not, with 2 when wrongly used."
    })
public final class BenchmarkCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  public static void main(String[] args) {
    System.exit(Program.of(new BenchmarkCommand()).execute(args));
  }

  /** Without a benchmark. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return 0;
  }

  @Command(
      name = "delivery",
      description =
          "Mails of 4 KB from the POST to the relay's 250: throughput, latency and CPU per message.")
  int delivery(
      @Option(
              names = "--rate",
              paramLabel = "N",
              defaultValue = "100",
              parameterConsumer = WholeNumber.class,
              description = "mails a second that are offered (${DEFAULT-VALUE})")
          @Between(min = 1, max = 20_000)
          int rate,
      @Option(
              names = "--max",
              description = "push as fast as clients are answered instead, once the rate is flat")
          boolean most,
      @Option(
              names = "--clients",
              paramLabel = "N",
              parameterConsumer = WholeNumber.class,
              description = "connections; with --max as many as fill the system, if not given")
          @Between(min = 1, max = DeliveryBenchmark.MOST_CLIENTS)
          Optional<Integer> clients,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "30",
              parameterConsumer = WholeNumber.class,
              description = "seconds that are measured (${DEFAULT-VALUE})")
          @Between(min = 1, max = 900)
          int seconds,
      @Option(
              names = "--warm-up",
              paramLabel = "N",
              parameterConsumer = WholeNumber.class,
              description =
                  "seconds before that (15), or at most until the rate of --max is flat (300)")
          @Between(min = 1, max = 900)
          Optional<Integer> warmUp,
      @Option(
              names = "--idle",
              paramLabel = "N",
              defaultValue = "0",
              parameterConsumer = WholeNumber.class,
              description =
                  "seconds without mail before that, to tell what the parts use meanwhile (${DEFAULT-VALUE})")
          @Between(min = 0, max = 300)
          int idle)
      throws Exception {
    return exit(
        new DeliveryBenchmark(
                most ? OptionalInt.empty() : OptionalInt.of(rate),
                clients.map(OptionalInt::of).orElseGet(OptionalInt::empty),
                Duration.ofSeconds(warmUp.orElse(most ? 300 : 15)),
                Duration.ofSeconds(idle),
                Duration.ofSeconds(seconds))
            .run(Program.root()));
  }

  @Command(name = "keys", description = "The accept path with 1, 1 000 and 10 000 keys.")
  int keys(
      @Option(
              names = "--rate",
              paramLabel = "N",
              defaultValue = "200",
              parameterConsumer = WholeNumber.class,
              description = "mails a second (${DEFAULT-VALUE})")
          @Between(min = 1, max = 5_000)
          int rate,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "15",
              parameterConsumer = WholeNumber.class,
              description = "seconds of each measurement (${DEFAULT-VALUE})")
          @Between(min = 1, max = 120)
          int seconds,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "3",
              parameterConsumer = WholeNumber.class,
              description = "measurements of each kind (${DEFAULT-VALUE})")
          @Between(min = 1, max = 20)
          int rounds)
      throws Exception {
    return exit(new KeysBenchmark(rate, Duration.ofSeconds(seconds), rounds).run(Program.root()));
  }

  @Command(
      name = "key-memory",
      description =
          "What so many keys of one tenant take in each service's heap, of the chart's size:"
              + " plain ones, and with all that may narrow them.")
  int keyMemory(
      @Option(
              names = "--keys",
              paramLabel = "N",
              defaultValue = "10000",
              parameterConsumer = WholeNumber.class,
              description = "keys (${DEFAULT-VALUE})")
          @Between(min = 100, max = 50_000)
          int keys)
      throws Exception {
    return exit(new KeyMemoryBenchmark(keys).run(Program.root()));
  }

  @Command(
      name = "wrong-keys",
      description =
          "A valid key's latency while wrong keys are tried; slices without and with them take turns.")
  int wrongKeys(
      @Option(
              names = "--rate",
              paramLabel = "N",
              defaultValue = "50",
              parameterConsumer = WholeNumber.class,
              description = "mails a second by the valid key (${DEFAULT-VALUE})")
          @Between(min = 1, max = 2_000)
          int rate,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "10",
              parameterConsumer = WholeNumber.class,
              description = "seconds of each slice (${DEFAULT-VALUE})")
          @Between(min = 1, max = 300)
          int seconds,
      @Option(
              names = "--tries",
              paramLabel = "N",
              defaultValue = "10000",
              parameterConsumer = WholeNumber.class,
              description = "wrong keys (${DEFAULT-VALUE})")
          @Between(min = 1, max = 100_000)
          int tries,
      @Option(
              names = "--attack-rate",
              paramLabel = "N",
              defaultValue = "100",
              parameterConsumer = WholeNumber.class,
              description = "wrong keys a second (${DEFAULT-VALUE})")
          @Between(min = 1, max = 10_000)
          int attackRate)
      throws Exception {
    return exit(
        new WrongKeysBenchmark(rate, Duration.ofSeconds(seconds), tries, attackRate)
            .run(Program.root()));
  }

  @Command(
      name = "overhead",
      description =
          "CPU per message without metrics and traces, with metrics, and with traces of 1 in 10 and of all besides.")
  int overhead(
      @Option(
              names = "--rate",
              paramLabel = "N",
              defaultValue = "100",
              parameterConsumer = WholeNumber.class,
              description = "mails a second (${DEFAULT-VALUE})")
          @Between(min = 10, max = 2_000)
          int rate,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "20",
              parameterConsumer = WholeNumber.class,
              description = "seconds of each slice (${DEFAULT-VALUE})")
          @Between(min = 5, max = 120)
          int seconds,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "6",
              parameterConsumer = WholeNumber.class,
              description =
                  "slices of each kind, which take turns, with each pair of stacks (${DEFAULT-VALUE})")
          @Between(min = 1, max = 30)
          int rounds,
      @Option(
              names = "--stacks",
              paramLabel = "N",
              defaultValue = "2",
              parameterConsumer = WholeNumber.class,
              description = "pairs of stacks (${DEFAULT-VALUE})")
          @Between(min = 1, max = 10)
          int stacks,
      @Option(
              names = "--warm-up",
              paramLabel = "N",
              defaultValue = "90",
              parameterConsumer = WholeNumber.class,
              description = "seconds before the first slice (${DEFAULT-VALUE})")
          @Between(min = 5, max = 600)
          int warmUp)
      throws Exception {
    return exit(
        new OverheadBenchmark(
                rate, Duration.ofSeconds(seconds), rounds, stacks, Duration.ofSeconds(warmUp))
            .run(Program.root()));
  }

  @Command(
      name = "relays",
      description =
          "Two tenants with a relay each, of which one hangs in every second slice:"
              + " the other's latency, and what becomes of the first one's mail.")
  int relays(
      @Option(
              names = "--rate",
              paramLabel = "N",
              defaultValue = "200",
              parameterConsumer = WholeNumber.class,
              description = "mails a second, half of them by each tenant (${DEFAULT-VALUE})")
          @Between(min = 2, max = 5_000)
          int rate,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "30",
              parameterConsumer = WholeNumber.class,
              description = "seconds of each slice (${DEFAULT-VALUE})")
          @Between(min = 1, max = 300)
          int seconds,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "2",
              parameterConsumer = WholeNumber.class,
              description = "slices of each kind (${DEFAULT-VALUE})")
          @Between(min = 1, max = 10)
          int rounds,
      @Option(
              names = "--outage",
              paramLabel = "N",
              defaultValue = "120",
              parameterConsumer = WholeNumber.class,
              description = "seconds that the relay hangs the last time (${DEFAULT-VALUE})")
          @Between(min = 1, max = 600)
          int outage)
      throws Exception {
    return exit(
        new RelaysBenchmark(rate, Duration.ofSeconds(seconds), rounds, Duration.ofSeconds(outage))
            .run(Program.root()));
  }

  @Command(
      name = "search",
      description =
          "How fast mail is found by each filter among so many messages, made in PostgreSQL.")
  int search(
      @Option(
              names = "--rows",
              paramLabel = "N",
              defaultValue = "1000000",
              parameterConsumer = WholeNumber.class,
              description = "messages (${DEFAULT-VALUE})")
          @Between(min = 10_000, max = 20_000_000)
          int rows,
      @Option(
              names = "--repeats",
              paramLabel = "N",
              defaultValue = "100",
              parameterConsumer = WholeNumber.class,
              description = "times that each search is asked (${DEFAULT-VALUE})")
          @Between(min = 10, max = 10_000)
          int repeats)
      throws Exception {
    return exit(new SearchBenchmark(rows, repeats).run(Program.root()));
  }

  @Command(
      name = "smtp",
      description =
          "The worker's SMTP client alone: CPU per mail of 4 KB against a sink in another process.")
  int smtp(
      @Option(
              names = "--warm-up",
              paramLabel = "N",
              defaultValue = "20",
              parameterConsumer = WholeNumber.class,
              description = "seconds before the first round (${DEFAULT-VALUE})")
          @Between(min = 1, max = 300)
          int warmUp,
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "10",
              parameterConsumer = WholeNumber.class,
              description = "seconds of each round (${DEFAULT-VALUE})")
          @Between(min = 1, max = 300)
          int seconds,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "5",
              parameterConsumer = WholeNumber.class,
              description = "rounds (${DEFAULT-VALUE})")
          @Between(min = 1, max = 50)
          int rounds)
      throws Exception {
    return exit(
        new DialogueBenchmark(Duration.ofSeconds(warmUp), Duration.ofSeconds(seconds), rounds)
            .run(Program.root()));
  }

  @Command(
      name = "startup",
      description =
          "Until the stack and each service alone are ready, from the jars as built and with AOT caches, by turns.")
  int startup(
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "3",
              parameterConsumer = WholeNumber.class,
              description = "starts of each kind (${DEFAULT-VALUE})")
          @Between(min = 1, max = 100)
          int rounds)
      throws Exception {
    return exit(new StartupBenchmark(rounds).run(Program.root()));
  }

  private static int exit(boolean held) {
    return held ? 0 : 1;
  }
}
