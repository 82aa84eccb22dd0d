package io.tallypost.e2e;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code docs/operations.md}, as far as a test can hold it to something. */
final class OperationsPage {
  /** A row of a table whose first cell is a metric, with its labels or without. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `(tallypost_[a-z_]+)(?:\\{[a-z_,]*})?` \\|", Pattern.MULTILINE);

  private static final Pattern ALERT = Pattern.compile("^#### (Tallypost\\w+)$", Pattern.MULTILINE);

  private OperationsPage() {}

  /** As they appear in a scrape. */
  static Set<String> metricNames() {
    return found(ROW);
  }

  /** The alerts' headings, as links to them are written. */
  static Set<String> alertAnchors() {
    return found(ALERT).stream()
        .map(name -> name.toLowerCase(ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> found(Pattern pattern) {
    try {
      return pattern
          .matcher(Files.readString(Path.of("..", "..", "docs", "operations.md")))
          .results()
          .map(match -> match.group(1))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
