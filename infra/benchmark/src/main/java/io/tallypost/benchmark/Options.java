package io.tallypost.benchmark;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The options of a command line: {@code --name value}, or {@code --name} for a switch. */
final class Options {
  private final Map<String, String> values = new HashMap<>();
  private final Set<String> known = new HashSet<>();

  /** A command line that cannot be understood. */
  static final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
      super(message);
    }
  }

  Options(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String name = arguments.get(i);
      boolean hasValue = i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("--");
      values.put(name, hasValue ? arguments.get(++i) : "");
    }
  }

  /** A whole number, which must lie within bounds: every benchmark ends by itself. */
  int number(String name, int otherwise, int least, int most) {
    known.add(name);
    String text = values.getOrDefault(name, Integer.toString(otherwise));
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // The same answer as for one out of bounds.
    }
    throw new UsageException("%s must be a number from %d to %d".formatted(name, least, most));
  }

  /** Whether a switch is there. */
  boolean has(String name) {
    known.add(name);
    return values.containsKey(name);
  }

  /** To be called when all options were asked for. */
  void refuseOthers() {
    for (String name : values.keySet()) {
      if (!known.contains(name)) {
        throw new UsageException("unknown option " + name + "; see --help");
      }
    }
  }
}
