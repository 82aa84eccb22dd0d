package io.tallypost.intake.admin;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a row has in its columns, by which it is inserted and written over. */
public final class ColumnValues {
  /** By the columns' names, in their order. */
  private final Map<String, String> expressions = new LinkedHashMap<>();

  private final Map<String, @Nullable Object> parameters = new HashMap<>();

  public ColumnValues set(String column, @Nullable Object value) {
    return set(column, ":" + column, value);
  }

  /** A column of type jsonb. */
  public ColumnValues json(String column, @Nullable Object value) {
    return set(column, "CAST(:" + column + " AS jsonb)", ConfigTable.json(value));
  }

  public ColumnValues time(String column, @Nullable Instant at) {
    return set(column, "CAST(:" + column + " AS timestamptz)", ConfigTable.utc(at));
  }

  private ColumnValues set(String column, String expression, @Nullable Object value) {
    expressions.put(column, expression);
    parameters.put(column, value);
    return this;
  }

  String insertInto(String table) {
    return "INSERT INTO %s (%s) VALUES (%s)"
        .formatted(
            table,
            String.join(", ", expressions.keySet()),
            String.join(", ", expressions.values()));
  }

  /** Writes the row over that has the same id. */
  String update(String table) {
    return expressions.entrySet().stream()
        .filter(column -> !column.getKey().equals("id"))
        .map(column -> column.getKey() + " = " + column.getValue())
        .collect(Collectors.joining(", ", "UPDATE " + table + " SET ", " WHERE id = :id"));
  }

  Map<String, @Nullable Object> parameters() {
    return parameters;
  }
}
