package io.tallypost.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code bin/faults}. */
public final class FaultsCommand {
  private static final String HELP =
      """
      faults [--only ROW[,ROW…]] [--cycles N] [--minutes N]
          breaks a running system and counts what was lost, doubled and charged wrongly; prints a
          line for each row, and exits with 1 when one does not hold. Without --only: every row in
          its full numbers, which takes hours; --minutes bounds the time of each (60). Starts a stack of its own on free ports and ends it.

      Rows:
      """;

  private FaultsCommand() {}

  /** Exits 0 when every row holds, 1 when one does not, 2 when wrongly used. */
  public static void main(String[] args) throws Exception {
    System.exit(run(new ArrayList<>(Arrays.asList(args))));
  }

  private static int run(List<String> args) throws Exception {
    List<Row> rows = Rows.ALL;
    Optional<Integer> cycles = Optional.empty();
    int minutes = 60;
    while (!args.isEmpty()) {
      String flag = args.removeFirst();
      if (flag.equals("--help")) {
        System.out.print(HELP);
        Rows.ALL.forEach(
            row -> System.out.printf("  %-28s %s (%d)%n", row.name(), row.what(), row.cycles()));
        return 0;
      } else if (flag.equals("--only") && !args.isEmpty()) {
        rows = new ArrayList<>();
        for (String name : args.removeFirst().split(",", -1)) {
          Optional<Row> row = Rows.named(name);
          if (row.isEmpty()) {
            return wrong("there is no row " + name);
          }
          rows.add(row.get());
        }
      } else if (flag.equals("--cycles") && startsWithNumber(args)) {
        cycles = Optional.of(Integer.valueOf(args.removeFirst()));
      } else if (flag.equals("--minutes") && startsWithNumber(args)) {
        minutes = Integer.parseInt(args.removeFirst());
      } else {
        return wrong("cannot understand " + flag);
      }
    }
    return play(rows, cycles, Duration.ofMinutes(minutes));
  }

  /** From 1 to 999. */
  private static boolean startsWithNumber(List<String> args) {
    return !args.isEmpty() && args.getFirst().matches("[1-9]\\d{0,2}");
  }

  private static int wrong(String message) {
    System.err.println("faults: " + message + "; see --help");
    return 2;
  }

  private static int play(List<Row> rows, Optional<Integer> cycles, Duration most)
      throws Exception {
    Path root = Path.of(System.getProperty("tallypost.root", ".")).toAbsolutePath().normalize();
    List<Verdict> verdicts = new ArrayList<>();
    boolean all = true;
    Optional<Arena> arena = Optional.empty();
    try {
      for (Row row : rows) {
        try {
          if (arena.isPresent() && arena.get().brokers() != row.brokers()) {
            arena.get().close();
            arena = Optional.empty();
          }
          arena = Optional.of(arena.isEmpty() ? Arena.open(root, row.brokers()) : arena.get());
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
