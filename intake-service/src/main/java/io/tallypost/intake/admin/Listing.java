package io.tallypost.intake.admin;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param nextCursor where the next page begins; absent on the last one
 */
public record Listing<A>(List<A> items, @Nullable String nextCursor) {

  /** Reads rows, the oldest first. */
  public interface Source<R> {
    List<R> page(Optional<PageCursor> after, int most);
  }

  /**
   * Reads a page.
   *
   * @param cursor where the page begins, as the client sent it
   * @param limit how many it has at most, as the client sent it
   * @param place a row's place in the list
   * @throws io.tallypost.kit.problems.ProblemException 400 if cursor or limit make no sense
   */
  public static <R, A> Listing<A> read(
      @Nullable String cursor,
      @Nullable String limit,
      Source<R> source,
      Function<R, PageCursor> place,
      Function<R, A> show) {
    int size = PageCursor.size(limit);
    // One more than asked for tells whether there is another page.
    List<R> rows = source.page(PageCursor.read(cursor), size + 1);
    List<R> page = rows.subList(0, Math.min(size, rows.size()));
    String next = rows.size() > size ? place.apply(page.getLast()).written() : null;
    return new Listing<>(page.stream().map(show).toList(), next);
  }
}
