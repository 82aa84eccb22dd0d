package io.tallypost.kit.metrics;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement's name in metrics: its verb and its table, as {@code update usage}. The tables bound
 * the number of names.
 */
final class StatementName {
  /** For statements without a table: locks, settings, new partitions. */
  static final String OTHER = "other";

  /**
   * Our tables are written with their schema, functions and aliases are not. Spring Data quotes
   * names.
   */
  private static final String TABLE = "\\s+(?:ONLY\\s+)?\"?\\w+\"?\\.\"?(\\w+)";

  /**
   * Not {@code FOR UPDATE OF}, nor {@code DO UPDATE SET}: neither names a table with its schema.
   */
  private static final Pattern WRITE =
      Pattern.compile(
          "\\b(INSERT)\\s+INTO" + TABLE + "|\\b(UPDATE)" + TABLE + "|\\b(DELETE)\\s+FROM" + TABLE);

  private static final Pattern READ = Pattern.compile("\\bFROM" + TABLE);

  private StatementName() {}

  /** The name; for a statement that writes to one table and reads another, the written one. */
  static String of(String sql) {
    Matcher write = WRITE.matcher(sql);
    if (write.find()) {
      for (int group = 1; group < write.groupCount(); group += 2) {
        if (write.group(group) != null) {
          return write.group(group).toLowerCase(Locale.ROOT) + " " + write.group(group + 1);
        }
      }
    }
    Matcher read = READ.matcher(sql);
    return read.find() ? "select " + read.group(1) : OTHER;
  }
}
