package io.tallypost.audit.messages;

import io.tallypost.audit.operator.TenantFilter;
import io.tallypost.audit.operator.TimeField;
import io.tallypost.audit.timeline.MessageStatus;
import io.tallypost.kit.callers.Caller;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.json.OneOf;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A filter of messages: tables, a condition on them, and its parameters. Each field has an index
 * that it can use; see {@code V4__search.sql} and {@code V5}.
 */
final class MessageFilter {
  private static final OneOf<MessageStatus> STATUSES =
      new OneOf<>(List.of(MessageStatus.values()), MessageStatus::wireName);
  private static final int LONGEST_SUBJECT = 998;
  private static final int LONGEST_REQUEST_ID = 128;

  private static final String MESSAGES = "audit.message m";
  private static final String RECIPIENTS =
      "audit.message_recipient r JOIN audit.message m USING (message_id, day)";

  /** As much of a subject as the index has, escaped for LIKE. */
  private static final String BEGINNING =
      """
      left(lower(m.subject), 100) LIKE
        replace(replace(replace(left(lower(:subject), 100), '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'\
      """;

  /**
   * The part beyond the index, if there is one. Otherwise PostgreSQL would take both conditions for
   * independent, expect few rows, and read all.
   */
  private static final String ALL_OF_IT = " AND starts_with(lower(m.subject), lower(:subject))";

  /** Half of what the index has: in lower case a text may be longer. */
  private static final int SURELY_INDEXED = 50;

  private final StringBuilder sql = new StringBuilder();
  private final Map<String, Object> params = new LinkedHashMap<>();
  private final boolean byRecipient;

  private MessageFilter(boolean byRecipient) {
    this.byRecipient = byRecipient;
  }

  /**
   * Reads the fields.
   *
   * @param caller who searches: an operator finds everybody's messages, a test key its tenant's
   *     test mail
   */
  static MessageFilter read(JsonObject fields, Caller caller) {
    var filter = new MessageFilter(fields.has("recipient"));
    TenantFilter.ofThings(fields, caller)
        .ifPresent(
            tenant -> filter.and("tenant", filter.place("tenant") + " = :tenant", tenant.value()));
    if (caller.readsTestMailOnly()) {
      // A literal, so that PostgreSQL uses the index of test mail.
      filter.sql.append(" AND m.mode = 'test'");
    }
    fields
        .parsed("recipient", EmailAddress::new)
        .ifPresent(to -> filter.and("recipient", "r.recipient = :recipient", to.value()));
    fields
        .parsed("sender", EmailAddress::new)
        .ifPresent(from -> filter.and("sender", "m.from_address = :sender", from.value()));
    fields
        .parsed("subject", text -> plain(text, LONGEST_SUBJECT))
        .ifPresent(subject ->
            filter.and(
                "subject",
                subject.length() <= SURELY_INDEXED ? BEGINNING : BEGINNING + ALL_OF_IT,
                subject));
    fields
        .parsed("status", STATUSES::parse)
        // A literal, so that PostgreSQL uses the index of some states.
        .ifPresent(status ->
            filter.sql.append(" AND m.status = '").append(status.wireName()).append('\''));
    fields
        .parsed("request_id", text -> plain(text, LONGEST_REQUEST_ID))
        .ifPresent(id -> filter.and("request_id", "left(m.request_id, 128) = :request_id", id));
    TimeField.read(fields, "since").ifPresent(since -> filter.time("since", ">=", since));
    TimeField.read(fields, "until").ifPresent(until -> filter.time("until", "<", until));
    return filter;
  }

  private static String plain(String text, int longest) {
    if (text.length() <= longest && text.chars().noneMatch(Character::isISOControl)) {
      return text;
    }
    throw new IllegalArgumentException(
        "must have 1 to " + longest + " characters and no control characters");
  }

  /** The day with the time, so that PostgreSQL skips the other days' partitions. */
  private void time(String field, String operator, Instant time) {
    OffsetDateTime at = time.atOffset(ZoneOffset.UTC);
    LocalDate day = at.toLocalDate();
    and(field, "%s %s :%s".formatted(place("accepted_at"), operator, field), at);
    and(field + "_day", "%s %s= :%s_day".formatted(place("day"), operator.charAt(0), field), day);
  }

  private void and(String parameter, String condition, Object value) {
    sql.append(" AND ").append(condition);
    params.put(parameter, value);
  }

  /** The tables; {@code m} has the message. */
  String tables() {
    return byRecipient ? RECIPIENTS : MESSAGES;
  }

  /** A column of the tenant or of the list's order, in the table whose index is used. */
  String place(String column) {
    return (byRecipient ? "r." : "m.") + column;
  }

  /** The condition, with an AND before it, or nothing. */
  String sql() {
    return sql.toString();
  }

  Map<String, Object> params() {
    return params;
  }
}
