package io.tallypost.faults.scene;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;

/**
 * A line of the table.
 *
 * @param cycles how many were run to their end
 * @param wrong what did not hold; empty if everything did
 */
public record Verdict(Row row, int cycles, Tally tally, List<String> notes, List<String> wrong) {
  public static final String HEAD =
      """
      | fault | what is done | cycles | accepted | lost (less than, at 95 %) | copies | drift | longest wait | verdict |
      |---|---|---|---|---|---|---|---|---|
      """;

  /**
   * Compares the result of a run with what must hold.
   *
   * @param wanted how many cycles were asked for: a run that its time has cut short shows nothing
   *     of the others
   */
  static Verdict of(
      Row row, int wanted, int cycles, Tally tally, List<String> notes, List<String> seen) {
    List<String> wrong = new ArrayList<>(seen);
    check(cycles >= wanted, "only %d of %d cycles".formatted(cycles, wanted), wrong);
    check(tally.accepted() > 0, "nothing was accepted", wrong);
    check(tally.lost() == 0, tally.lost() + " lost", wrong);
    check(tally.invented() == 0, tally.invented() + " not asked for", wrong);
    check(tally.drift() == 0, "drift " + tally.drift(), wrong);
    check(tally.deadLetters() == 0, tally.deadLetters() + " dead letters", wrong);
    check(tally.unanswered() == 0, tally.unanswered() + " never answered", wrong);
    check(
        tally.copies() <= (long) row.copies() * cycles,
        "more than %d copies".formatted(row.copies() * cycles),
        wrong);
    check(
        tally.recovery().compareTo(row.recovery()) <= 0,
        "waited longer than %d s".formatted(row.recovery().toSeconds()),
        wrong);
    return new Verdict(row, cycles, tally, notes, wrong);
  }

  private static void check(boolean holds, String otherwise, List<String> wrong) {
    if (!holds) {
      wrong.add(otherwise);
    }
  }

  public boolean holds() {
    return wrong.isEmpty();
  }

  /** This line in Markdown. */
  public String line() {
    String said = String.join("; ", notes);
    return String.format(
        ROOT,
        "| %s | %s%s | %d | %d | %d (%s) | %d | %d | %.1f s | %s |",
        row.name(),
        row.what(),
        said.isEmpty() ? "" : "; " + said,
        cycles,
        tally.accepted(),
        tally.lost(),
        tally.lost() == 0 && tally.accepted() > 0
            ? String.format(ROOT, "< %.2g %%", 300.0 / tally.accepted())
            : "-",
        tally.copies(),
        tally.drift(),
        tally.recovery().toMillis() / 1000.0,
        holds() ? "holds" : "FAILS: " + String.join("; ", wrong));
  }
}
