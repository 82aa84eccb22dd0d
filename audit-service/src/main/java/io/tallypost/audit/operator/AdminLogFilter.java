package io.tallypost.audit.operator;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A filter of entries: a condition and its parameters. */
final class AdminLogFilter {
  private static final int LONGEST = 500;

  private final StringBuilder sql = new StringBuilder("true");
  private final Map<String, Object> params = new LinkedHashMap<>();

  private AdminLogFilter() {}

  /**
   * Reads the fields.
   *
   * @param caller who searches: an operator finds everybody's entries
   */
  static AdminLogFilter read(JsonObject fields, Caller caller, FieldProblems problems) {
    var filter = new AdminLogFilter();
    TenantField.ofThings(fields, caller, problems)
        .ifPresent(tenant -> filter.and("tenant", "tenant = :tenant", tenant.value()));
    plain(fields, "actor", problems)
        .ifPresent(actor -> filter.and("actor", "actor = :actor", actor));
    action(fields, problems)
        .ifPresent(action ->
            filter.and(
                "action",
                action.indexOf('.') < 0
                    ? "starts_with(action, :action || '.')"
                    : "action = :action",
                action));
    plain(fields, "subject", problems)
        .ifPresent(subject -> filter.and("subject", "subject_id = :subject", subject));
    TimeField.read(fields, "since", problems)
        .ifPresent(since -> filter.and("since", "at >= :since", since.atOffset(ZoneOffset.UTC)));
    TimeField.read(fields, "until", problems)
        .ifPresent(until -> filter.and("until", "at < :until", until.atOffset(ZoneOffset.UTC)));
    return filter;
  }

  private static Optional<String> action(JsonObject fields, FieldProblems problems) {
    return fields
        .text("action")
        .filter(text -> {
          boolean known = text.length() <= LONGEST && text.matches("[a-z_]+(\\.[a-z_]+)?");
          if (!known) {
            problems.add(
                fields.pointer("action"),
                "must be an action as api_key.created, or a kind of thing as api_key");
          }
          return known;
        });
  }

  private static Optional<String> plain(JsonObject fields, String field, FieldProblems problems) {
    return fields
        .text(field)
        .filter(text -> {
          boolean plain =
              text.length() <= LONGEST
                  && text.chars()
                      .noneMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c));
          if (!plain) {
            problems.add(
                fields.pointer(field),
                "must have 1 to " + LONGEST + " characters and no control characters");
          }
          return plain;
        });
  }

  private void and(String parameter, String condition, Object value) {
    sql.append(" AND ").append(condition);
    params.put(parameter, value);
  }

  String sql() {
    return sql.toString();
  }

  Map<String, Object> params() {
    return params;
  }
}
