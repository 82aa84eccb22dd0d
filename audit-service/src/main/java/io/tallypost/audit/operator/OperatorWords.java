package io.tallypost.audit.operator;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which words of an entry an operator chose freely. They are for operators: they may speak of other
 * tenants or of people.
 */
final class OperatorWords {
  static final String HIDDEN = "***";

  /** What we count or name ourselves; the detail of every other action stays with operators. */
  private static final Set<String> OURS = Set.of("replay.created", "message.redriven");

  /** Filters whose values are ids of ours, words from a list, times, or domains. */
  private static final Set<String> FIXED =
      Set.of(
          "tenant",
          "status",
          "state",
          "since",
          "until",
          "category",
          "smtp_code",
          "recipient_domain",
          "mode",
          "lane");

  /** Filters whose values are chosen by operators, but are no personal data. */
  private static final Set<String> CHOSEN = Set.of("request_id", "relay");

  /** Filters with personal data, of which only the name is recorded. */
  private static final Set<String> PERSONAL = Set.of("recipient", "sender", "subject");

  private OperatorWords() {}

  /** Whether the value of a search's filter is recorded, and not only its name. */
  static boolean isRecorded(String filter) {
    return FIXED.contains(filter) || CHOSEN.contains(filter);
  }

  /** The detail of an action as its tenant may read it; null where it is an operator's alone. */
  static @Nullable String without(String action, @Nullable String detail) {
    if (detail == null || OURS.contains(action)) {
      return detail;
    }
    return action.endsWith(".searched") ? filters(detail) : null;
  }

  /** Rows of earlier builds may have spaces in values: what stands behind one is left out. */
  private static String filters(String detail) {
    return Arrays.stream(detail.split(" ", -1))
        .map(filter -> filter.split("=", 2))
        .filter(filter -> filter.length == 2)
        .filter(filter -> isRecorded(filter[0]) || PERSONAL.contains(filter[0]))
        .map(filter -> filter[0] + "=" + (FIXED.contains(filter[0]) ? filter[1] : HIDDEN))
        .collect(Collectors.joining(" "));
  }
}
