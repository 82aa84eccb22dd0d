package io.tallypost.stack.launcher;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The words of a command line, taken from the front. */
final class Arguments {

  private final Deque<String> words;

  Arguments(List<String> words) {
    this.words = new ArrayDeque<>(words);
  }

  boolean isEmpty() {
    return words.isEmpty();
  }

  String next() {
    return words.remove();
  }

  boolean nextIsWord() {
    String next = words.peek();
    return next != null && !next.startsWith("-");
  }

  String valueOf(String flag) {
    if (words.isEmpty()) {
      throw new UsageException(flag + " wants a value; see stack --help");
    }
    return words.remove();
  }

  int numberOf(String flag, int min, int max) {
    return number(flag, valueOf(flag), min, max);
  }

  static int number(String what, String text, int min, int max) {
    if (text.matches("\\d{1,9}")) {
      int number = Integer.parseInt(text);
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw new UsageException(
        "%s is a number from %d to %d, not %s; see stack --help".formatted(what, min, max, text));
  }
}
