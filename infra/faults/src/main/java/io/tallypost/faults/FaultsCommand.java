package io.tallypost.faults;

import io.tallypost.faults.scene.Arena;
import io.tallypost.faults.scene.Row;
import io.tallypost.faults.scene.Scene;
import io.tallypost.faults.scene.Verdict;
import io.tallypost.stack.cli.Between;
import io.tallypost.stack.cli.Program;
import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.cli.WholeNumber;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/faults}. */
@Command(
    name = "faults",
    description = {
      "Breaks a running system and counts what was lost, doubled and charged wrongly; prints a line for each row.",
      "Without --only: every row in its full numbers, which takes hours.",
      "Starts a stack of its own on free ports and ends it."
    })
public final class FaultsCommand implements Callable<Integer> {
  @Option(
      names = "--only",
      paramLabel = "ROW[,ROW…]",
      split = ",",
      description = "these rows instead of all")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--cycles",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description = "how often each fault is made, instead of the number behind its row")
  @Between(min = 1, max = 999)
  private Optional<Integer> cycles = Optional.empty();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      parameterConsumer = WholeNumber.class,
      description =
          "after which no further cycle of a row is begun, and the row fails (${DEFAULT-VALUE})")
  @Between(min = 1, max = 999)
  private int minutes = 60;

  /** Exits 0 when every row holds, 1 when one does not, 2 when wrongly used. */
  public static void main(String[] args) {
    System.exit(program().execute(args));
  }

  static CommandLine program() {
    String[] footer = footer();
    // Each row in a line of its own, however long.
    int width = Stream.of(footer).mapToInt(String::length).max().orElseThrow() + 1;
    CommandLine faults = Program.of(new FaultsCommand()).setUsageHelpWidth(width);
    faults.getCommandSpec().usageMessage().footer(footer);
    return faults;
  }

  private static String[] footer() {
    return Stream.concat(
            Stream.of("", "Exits with 1 when a row does not hold, with 2 when wrongly used. Rows:"),
            Rows.ALL.stream()
                .map(row -> "  %-28s %s (%d)".formatted(row.name(), row.what(), row.cycles())))
        // What picocli formats again.
        .map(line -> line.replace("%", "%%"))
        .toArray(String[]::new);
  }

  @Override
  public Integer call() throws Exception {
    return play(rows(), cycles, Duration.ofMinutes(minutes));
  }

  private List<Row> rows() {
    return only.isEmpty() ? Rows.ALL : only.stream().map(FaultsCommand::row).toList();
  }

  private static Row row(String name) {
    return Rows.named(name)
        .orElseThrow(() ->
            new UsageException("--only: there is no row %s; see faults --help".formatted(name)));
  }

  private static int play(List<Row> rows, Optional<Integer> cycles, Duration most)
      throws Exception {
    Path root = Program.root();
    List<Verdict> verdicts = new ArrayList<>();
    boolean all = true;
    Optional<Arena> arena = Optional.empty();
    try {
      for (Row row : rows) {
        try {
          if (arena.isPresent() && arena.get().ground() != row.ground()) {
            arena.get().close();
            arena = Optional.empty();
          }
          arena = Optional.of(arena.isEmpty() ? Arena.open(root, row.ground()) : arena.get());
          Verdict verdict = Scene.play(arena.get(), row, cycles.orElse(row.cycles()), most);
          verdicts.add(verdict);
          System.out.println(verdict.line());
          all &= verdict.holds();
          arena.get().restore();
        } catch (RuntimeException e) {
          // What one row has broken is not to be another's fault.
          System.err.printf("faults: %s could not be played: %s%n", row.name(), e);
          all = false;
          arena.ifPresent(Arena::close);
          arena = Optional.empty();
        }
      }
    } finally {
      arena.ifPresent(Arena::close);
    }
    System.out.printf("%n%s", Verdict.HEAD);
    verdicts.forEach(verdict -> System.out.println(verdict.line()));
    return all ? 0 : 1;
  }
}
