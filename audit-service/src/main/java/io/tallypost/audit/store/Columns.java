package io.tallypost.audit.store;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.support.SqlArrayValue;

/**
 * Rows as one array per column, in the order in which {@code unnest(?, ?, ..)} takes them: one
 * statement, whatever the number of rows.
 */
public final class Columns<R> {
  private final List<R> rows;
  private final List<Object> columns = new ArrayList<>();

  private Columns(List<R> rows) {
    this.rows = rows;
  }

  public static <R> Columns<R> of(List<R> rows) {
    return new Columns<>(rows);
  }

  /**
   * Adds a column.
   *
   * @param type PostgreSQL's name of the elements' type
   * @param value something whose text form PostgreSQL reads as that type
   */
  public Columns<R> add(String type, Function<R, @Nullable Object> value) {
    var values = new @Nullable Object[rows.size()];
    for (int i = 0; i < values.length; i++) {
      Object element = value.apply(rows.get(i));
      values[i] = element == null ? null : element.toString();
    }
    columns.add(new SqlArrayValue(type, values));
    return this;
  }

  /** The columns as a statement's first parameters. */
  public List<Object> params() {
    return List.copyOf(columns);
  }
}
