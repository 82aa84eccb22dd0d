package io.tallypost.stack.control;

import io.tallypost.stack.cli.UsageException;
import io.tallypost.stack.cli.WholeNumber;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A command to a running stack about one of its parts.
 *
 * @param part a role, or kafka, postgres or smtp
 * @param number which of them, from 1; none: the launcher chooses
 */
public record ControlCommand(Action action, String part, Optional<Integer> number, Path data) {

  private static final List<String> PARTS =
      List.of("intake", "quota", "worker", "audit", "kafka", "postgres", "smtp");

  public enum Action {
    START,
    STOP,
    KILL
  }

  public ControlCommand {
    if (!PARTS.contains(part)) {
      throw new UsageException(
          "no part is called %s: it is one of %s".formatted(part, String.join(", ", PARTS)));
    }
  }

  /** Of the words behind the action: the part, and perhaps its number. */
  public static ControlCommand of(Action action, List<String> words, Path data) {
    if (words.isEmpty()) {
      throw new UsageException("name the part: one of " + String.join(", ", PARTS));
    }
    String part = words.getFirst();
    if (words.size() > 2) {
      throw new UsageException("unknown argument %s behind the number".formatted(words.get(2)));
    }
    Optional<Integer> number =
        words.stream()
            .skip(1)
            .findFirst()
            .map(text -> WholeNumber.parse("the number of the " + part, text, 1, 999));
    return new ControlCommand(action, part, number, data);
  }
}
