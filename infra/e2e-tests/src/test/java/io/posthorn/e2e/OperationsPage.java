package io.posthorn.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** {@code docs/operations.md}, as far as a test can hold it to something. */
final class OperationsPage {
  /** A row of a table whose first cell is a metric, with its labels or without. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `(posthorn_[a-z_]+)(?:\\{[a-z_,]*})?` \\|", Pattern.MULTILINE);

  private OperationsPage() {}

  /** As they appear in a scrape. */
  static Set<String> metricNames() {
    Set<String> names = new TreeSet<>();
    try {
      ROW.matcher(Files.readString(Path.of("..", "..", "docs", "operations.md")))
          .results()
          .forEach(row -> names.add(row.group(1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }
}
