package io.tallypost.audit.operator;

import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.JsonObject;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;

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
  static AdminLogFilter read(JsonObject fields, Caller caller) {
    var filter = new AdminLogFilter();
    TenantFilter.ofThings(fields, caller)
        .ifPresent(tenant -> filter.and("tenant", "tenant = :tenant", tenant.value()));
    fields
        .parsed("actor", AdminLogFilter::plain)
        .ifPresent(actor -> filter.and("actor", "actor = :actor", actor));
    fields
        .parsed("action", AdminLogFilter::action)
        .ifPresent(action ->
            filter.and(
                "action",
                action.indexOf('.') < 0
                    ? "starts_with(action, :action || '.')"
                    : "action = :action",
                action));
    fields
        .parsed("subject", AdminLogFilter::plain)
        .ifPresent(subject -> filter.and("subject", "subject_id = :subject", subject));
    TimeField.read(fields, "since")
        .ifPresent(since -> filter.and("since", "at >= :since", since.atOffset(ZoneOffset.UTC)));
    TimeField.read(fields, "until")
        .ifPresent(until -> filter.and("until", "at < :until", until.atOffset(ZoneOffset.UTC)));
    return filter;
  }

  private static String action(String text) {
    if (text.length() <= LONGEST && text.matches("[a-z_]+(\\.[a-z_]+)?")) {
      return text;
    }
    throw new IllegalArgumentException(
        "must be an action as api_key.created, or a kind of thing as api_key");
  }

  private static String plain(String text) {
    if (text.length() <= LONGEST
        && text.chars()
            .noneMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c))) {
      return text;
    }
    throw new IllegalArgumentException(
        "must have 1 to " + LONGEST + " characters and no control characters");
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
