package io.tallypost.benchmark;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** {@code bin/bench}. */
public final class BenchmarkCommand {
  private static final String HELP =
      """
      bench delivery [--rate N | --max [--clients N]] [--seconds N] [--warm-up N] [--idle N]
          mails of 4 KB from the POST to the relay's 250: throughput, latency and CPU per message.
          --rate offers so many a second (100) after a warm-up of so many seconds (15). --max pushes as fast as
          clients are answered: it warms up until the rate is flat, for --warm-up seconds (300) at most, with more and
          more clients until they fill the system, or with --clients of them;
          --idle tells what the parts use in so many seconds without mail.
      bench keys [--rate N] [--seconds N] [--rounds N]
          the accept path with 1, 1 000 and 10 000 keys
      bench key-memory [--keys N]
          what so many keys of one tenant (10 000) take in each service's heap, of the chart's size: plain ones, and
          with all that may narrow them
      bench wrong-keys [--rate N] [--seconds N] [--tries N] [--attack-rate N]
          a valid key's latency while wrong keys are tried; slices without and with them take turns
      bench overhead [--rate N] [--seconds N] [--rounds N] [--stacks N] [--warm-up N]
          CPU per message without metrics and traces, with metrics, and with traces of 1 in 10 and of all
          besides; slices of --seconds take turns, --rounds with each of --stacks pairs of stacks
      bench relays [--rate N] [--seconds N] [--rounds N] [--outage N]
          two tenants with a relay each, of which one hangs in every second slice: the other's latency,
          and what becomes of the first one's mail; the last time it hangs for --outage seconds
      bench search [--rows N] [--repeats N]
          how fast mail is found by each filter among so many messages (1 000 000), which it makes in PostgreSQL
      bench smtp [--warm-up N] [--seconds N] [--rounds N]
          the worker's SMTP client alone: CPU per mail of 4 KB against a sink in another process
      bench startup [--rounds N]
          until the stack and each service alone are ready, from the jars as built and with AOT caches, by turns

      Each but smtp starts a stack of its own on free ports, prints a table in Markdown, and ends what it started.
      """;

  private BenchmarkCommand() {}

  /** Exits 0 when all that was to hold has held, 1 when not, 2 when wrongly used. */
  public static void main(String[] args) throws Exception {
    System.exit(run(Arrays.asList(args)));
  }

  private static int run(List<String> args) throws Exception {
    String program = args.isEmpty() ? "--help" : args.getFirst();
    if (program.equals("--help")) {
      System.out.print(HELP);
      return 0;
    }
    Path root = Path.of(System.getProperty("tallypost.root", ".")).toAbsolutePath().normalize();
    try {
      var options = new Options(args.subList(1, args.size()));
      return switch (program) {
        case "delivery" -> DeliveryBenchmark.with(options).run(root) ? 0 : 1;
        case "key-memory" -> KeyMemoryBenchmark.with(options).run(root) ? 0 : 1;
        case "keys" -> KeysBenchmark.with(options).run(root) ? 0 : 1;
        case "overhead" -> OverheadBenchmark.with(options).run(root) ? 0 : 1;
        case "relays" -> RelaysBenchmark.with(options).run(root) ? 0 : 1;
        case "search" -> SearchBenchmark.with(options).run(root) ? 0 : 1;
        case "smtp" -> DialogueBenchmark.with(options).run(root) ? 0 : 1;
        case "startup" -> StartupBenchmark.with(options).run(root) ? 0 : 1;
        case "wrong-keys" -> WrongKeysBenchmark.with(options).run(root) ? 0 : 1;
        default -> throw new Options.UsageException("there is no benchmark " + program);
      };
    } catch (Options.UsageException e) {
      System.err.println("bench: " + e.getMessage());
      return 2;
    }
  }
}
