package io.tallypost.kit.paging;

import io.tallypost.kit.json.FieldProblems;
import java.time.DateTimeException;
import java.util.Optional;
import java.util.function.Function;

/**
 * How lists are ordered by time and id.
 *
 * @param start the place in front of the first row
 * @param id reads an id, or throws {@link IllegalArgumentException}
 */
public record ListOrder<I>(Place<I> start, Function<String, I> id) {
  private static final int DEFAULT_SIZE = 50;
  private static final int LARGEST_SIZE = 200;

  /** Reads which page a request asks for. */
  public Page<I> page(Optional<String> limit, Optional<String> cursor, FieldProblems problems) {
    return new Page<>(
        limit.map(text -> size(text, problems)).orElse(DEFAULT_SIZE),
        cursor.map(text -> place(text, problems)).orElse(start));
  }

  private static int size(String limit, FieldProblems problems) {
    if (limit.matches("[1-9][0-9]{0,2}") && Integer.parseInt(limit) <= LARGEST_SIZE) {
      return Integer.parseInt(limit);
    }
    problems.add("/limit", "must be a whole number of 1 to " + LARGEST_SIZE);
    return DEFAULT_SIZE;
  }

  private Place<I> place(String cursor, FieldProblems problems) {
    try {
      return Place.read(cursor, id);
    } catch (IllegalArgumentException | DateTimeException e) {
      problems.add("/cursor", "is not one that an answer had as next_cursor");
      return start;
    }
  }
}
