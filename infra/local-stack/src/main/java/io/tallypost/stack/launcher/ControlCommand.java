package io.tallypost.stack.launcher;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A command to a running stack about one of its parts.
 *
 * @param part a role, or kafka, postgres or smtp
 * @param number which of them, from 1; none: the launcher chooses
 */
record ControlCommand(Action action, String part, Optional<Integer> number, Path data) {

  private static final List<String> PARTS =
      List.of("intake", "quota", "worker", "audit", "kafka", "postgres", "smtp");

  enum Action {
    START,
    STOP,
    KILL
  }

  ControlCommand {
    if (!PARTS.contains(part)) {
      throw new UsageException(
          "no part is called %s: it is one of %s".formatted(part, String.join(", ", PARTS)));
    }
  }

  static ControlCommand parse(Action action, List<String> words, Path defaultData) {
    Arguments arguments = new Arguments(words);
    if (!arguments.nextIsWord()) {
      throw new UsageException("name the part: one of " + String.join(", ", PARTS));
    }
    String part = arguments.next();
    Optional<Integer> number = Optional.empty();
    Path data = defaultData;
    while (!arguments.isEmpty()) {
      if (number.isEmpty() && arguments.nextIsWord()) {
        number = Optional.of(arguments.numberOf("the number of the " + part, 1, 999));
        continue;
      }
      String flag = arguments.next();
      if (!flag.equals("--data")) {
        throw new UsageException("unknown argument " + flag + "; see stack --help");
      }
      data = Path.of(arguments.valueOf(flag));
    }
    return new ControlCommand(action, part, number, data.toAbsolutePath());
  }
}
