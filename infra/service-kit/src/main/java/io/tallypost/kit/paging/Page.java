package io.tallypost.kit.paging;

import java.util.List;
import java.util.function.Function;

/**
 * Which part of a list is asked for.
 *
 * @param size how many rows it has at most
 * @param after where the page before ended; in front of the first row for the first page
 */
public record Page<I>(int size, Place<I> after) {

  /** One more than asked for, which tells whether there is another page. */
  public int rows() {
    return size + 1;
  }

  /**
   * The answer.
   *
   * @param rows up to {@link #rows()} of them
   */
  public <R, T> Paged<T> of(List<R> rows, Function<R, T> answer, Function<R, Place<I>> place) {
    List<R> shown = rows.subList(0, Math.min(size, rows.size()));
    return new Paged<>(
        shown.stream().map(answer).toList(),
        rows.size() > size ? place.apply(shown.getLast()).cursor() : null);
  }
}
