package io.tallypost.audit.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.PreparedStatementCreator;
import org.springframework.jdbc.core.SqlProvider;

/**
 * Rows as one array per column, in the order in which {@code unnest(?, ?, ..)} takes them: one
 * statement, whatever the number of rows.
 */
public final class Columns<R> {
  private record Column(String type, List<@Nullable String> values) {}

  private final List<R> rows;
  private final List<Column> columns = new ArrayList<>();

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
    List<@Nullable String> values = new ArrayList<>(rows.size());
    for (R row : rows) {
      Object element = value.apply(row);
      values.add(element == null ? null : element.toString());
    }
    columns.add(new Column(type, values));
    return this;
  }

  /** The statement with all columns as its first parameters, and these behind them. */
  public PreparedStatementCreator in(String sql, Object... others) {
    return new Statement(sql, columns, List.of(others));
  }

  /** Tells its SQL, by which metrics name it. */
  private record Statement(String sql, List<Column> columns, List<Object> others)
      implements PreparedStatementCreator, SqlProvider {

    @Override
    public PreparedStatement createPreparedStatement(Connection connection) throws SQLException {
      var statement = connection.prepareStatement(sql);
      int parameter = 1;
      for (Column column : columns) {
        statement.setArray(parameter++, array(connection, column));
      }
      for (Object other : others) {
        statement.setObject(parameter++, other);
      }
      return statement;
    }

    @Override
    public String getSql() {
      return sql;
    }
  }

  private static Array array(Connection connection, Column column) throws SQLException {
    return connection.createArrayOf(column.type(), column.values().toArray());
  }
}
