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

  /** Filters whose values are free text. */
  private static final Set<String> FREE =
      Set.of("recipient", "sender", "subject", "request_id", "relay");

  private OperatorWords() {}

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
        .filter(filter -> FIXED.contains(filter[0]) || FREE.contains(filter[0]))
        .map(filter -> filter[0] + "=" + (FIXED.contains(filter[0]) ? filter[1] : HIDDEN))
        .collect(Collectors.joining(" "));
  }
}
