package io.tallypost.audit.deadletter;

import io.tallypost.audit.operator.TenantFilter;
import io.tallypost.audit.operator.TimeField;
import io.tallypost.events.DeadLetter;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.json.OneOf;
import io.tallypost.mail.DomainName;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A filter of letters: a condition on the tables {@code d} (dead_letter) and {@code s}
 * (dead_letter_state), and its parameters.
 */
public final class LetterFilter {
  private static final OneOf<DeadLetter.Category> CATEGORIES =
      new OneOf<>(List.of(DeadLetter.Category.values()), DeadLetter.Category::wireName);
  private static final OneOf<LetterState> STATES =
      new OneOf<>(List.of(LetterState.values()), LetterState::wireName);
  private static final int LONGEST_TEXT = 255;

  /**
   * A letter's mail is the one that was approved: its events are looked up, not those of repeats,
   * and for each letter (OFFSET), or PostgreSQL might join the whole log.
   */
  private static final String OUTCOME =
      """
      EXISTS (SELECT FROM audit.message m CROSS JOIN LATERAL (
                SELECT * FROM audit.timeline
                WHERE message_id = m.message_id AND day = m.day AND submission_id = m.submission_id OFFSET 0) t
              WHERE m.message_id = d.message_id AND m.day = (d.accepted_at AT TIME ZONE 'UTC')::date
                AND t.replay_count = d.replay_count AND %s OFFSET 0)\
      """;

  private final StringBuilder sql = new StringBuilder("true");
  private final Map<String, Object> params = new LinkedHashMap<>();

  private LetterFilter() {}

  /** All letters, until conditions are added. */
  public static LetterFilter all() {
    return new LetterFilter();
  }

  /** Reads the fields of every filter; the caller reads its own and refuses the rest. */
  public static LetterFilter read(JsonObject fields) {
    var filter = new LetterFilter();
    filter.add("tenant", "d.tenant = :tenant", TenantFilter.named(fields).map(TenantId::value));
    filter.add(
        "category",
        "d.category = :category",
        fields.parsed("category", CATEGORIES::parse).map(DeadLetter.Category::wireName));
    filter.add(
        "relay",
        OUTCOME.formatted("t.attempt = d.attempts AND t.detail ->> 'relay' = :relay"),
        fields.parsed("relay", LetterFilter::plain));
    filter.add(
        "smtp_code",
        OUTCOME.formatted(
            "EXISTS (SELECT FROM jsonb_array_elements(t.detail -> 'results') r"
                + " WHERE (r ->> 'smtp_code')::int = :smtp_code AND r ->> 'recipient' = ANY (d.recipients))"),
        smtpCode(fields));
    filter.add(
        "recipient_domain",
        // Behind the last @: a quoted local part may have others.
        "EXISTS (SELECT FROM unnest(d.recipients) r WHERE split_part(r, '@', -1) = :recipient_domain)",
        fields.parsed("recipient_domain", LetterFilter::domain));
    filter.add("since", "d.dead_at >= :since", time(fields, "since"));
    filter.add("until", "d.dead_at < :until", time(fields, "until"));
    return filter;
  }

  /** Reads the state, a filter of lists only. */
  LetterFilter state(JsonObject fields) {
    add(
        "state",
        "s.state = :state",
        fields.parsed("state", STATES::parse).map(LetterState::wireName));
    return this;
  }

  /** Adds a condition of the caller's. */
  public LetterFilter and(String parameter, String condition, Object value) {
    sql.append(" AND ").append(condition);
    params.put(parameter, value);
    return this;
  }

  /** The only tenant whose letters are meant; null for all. */
  public @Nullable TenantId tenant() {
    return params.get("tenant") instanceof String tenant ? new TenantId(tenant) : null;
  }

  public String sql() {
    return sql.toString();
  }

  public Map<String, Object> params() {
    return params;
  }

  private void add(String field, String condition, Optional<?> value) {
    value.ifPresent(given -> and(field, condition, given));
  }

  /** A number in a body, or the same number as text in a query. */
  private static Optional<Integer> smtpCode(JsonObject fields) {
    return fields
        .any("smtp_code")
        .flatMap((JsonNode node) -> {
          String text = node.isString() ? node.stringValue() : node.toString();
          if (text.matches("[2-5][0-9]{2}")) {
            return Optional.of(Integer.valueOf(text));
          }
          fields.problem("smtp_code", "must be an SMTP reply code, as 550");
          return Optional.empty();
        });
  }

  private static String plain(String text) {
    if (text.isEmpty()
        || text.length() > LONGEST_TEXT
        || text.chars()
            .anyMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c))) {
      throw new IllegalArgumentException(
          "must have 1 to " + LONGEST_TEXT + " characters and no control characters");
    }
    return text;
  }

  private static String domain(String text) {
    try {
      return DomainName.canonical(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not a domain", e);
    }
  }

  private static Optional<OffsetDateTime> time(JsonObject fields, String field) {
    return TimeField.read(fields, field).map(time -> time.atOffset(ZoneOffset.UTC));
  }
}
