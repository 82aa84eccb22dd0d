package io.posthorn.faults;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code bin/faults}. */
public final class FaultsCommand {
  private static final String HELP =
      """
      faults [--only ROW[,ROW…]] [--cycles N]
          breaks a running system and counts what was lost, doubled and charged wrongly; prints a
          line for each row, and exits with 1 when one does not hold. Without --only: every row in
          its full numbers, which takes hours. Starts a stack of its own on free ports and ends it.

      Rows:
      """;

  private static final int MOST_CYCLES = 500;

  private FaultsCommand() {}

  /** Exits 0 when every row holds, 1 when one does not, 2 when wrongly used. */
  public static void main(String[] args) throws Exception {
    System.exit(run(new ArrayList<>(Arrays.asList(args))));
  }

  private static int run(List<String> args) throws Exception {
    List<Row> rows = Rows.ALL;
    Optional<Integer> cycles = Optional.empty();
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
      } else if (flag.equals("--cycles") && !args.isEmpty()) {
        String number = args.removeFirst();
        cycles = Optional.of(number).filter(n -> n.matches("\\d{1,3}")).map(Integer::valueOf);
        if (cycles.filter(n -> n >= 1 && n <= MOST_CYCLES).isEmpty()) {
          return wrong("--cycles is a number from 1 to " + MOST_CYCLES);
        }
      } else {
        return wrong("cannot understand " + flag);
      }
    }
    return play(rows, cycles);
  }

  private static int wrong(String message) {
    System.err.println("faults: " + message + "; see --help");
    return 2;
  }

  private static int play(List<Row> rows, Optional<Integer> cycles) throws Exception {
    Path root = Path.of(System.getProperty("posthorn.root", ".")).toAbsolutePath().normalize();
    List<Verdict> verdicts = new ArrayList<>();
    Optional<Arena> arena = Optional.empty();
    try {
      for (Row row : rows) {
        if (arena.isEmpty()) {
          arena = Optional.of(Arena.open(root));
        }
        Verdict verdict = Scene.play(arena.get(), row, cycles.orElse(row.cycles()));
        verdicts.add(verdict);
        System.out.println(verdict.line());
        if (verdict.holds()) {
          arena.get().restore();
        } else {
          // What one row has broken is not to be another's fault.
          arena.get().close();
          arena = Optional.empty();
        }
      }
    } finally {
      arena.ifPresent(Arena::close);
    }
    System.out.printf("%n%s", Verdict.HEAD);
    verdicts.forEach(verdict -> System.out.println(verdict.line()));
    return verdicts.stream().allMatch(Verdict::holds) ? 0 : 1;
  }
}
