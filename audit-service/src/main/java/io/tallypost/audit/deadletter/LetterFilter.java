package io.tallypost.audit.deadletter;

import io.tallypost.audit.store.StorableTime;
import io.tallypost.events.DeadLetter;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.DomainName;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A filter of letters: a condition on the tables {@code d} (dead_letter) and {@code s}
 * (dead_letter_state), and its parameters.
 */
public final class LetterFilter {
  private static final int LONGEST_TEXT = 255;

  private static final String OUTCOME =
      """
      EXISTS (SELECT FROM audit.timeline t
              WHERE t.message_id = d.message_id AND t.day = (d.accepted_at AT TIME ZONE 'UTC')::date
                AND t.replay_count = d.replay_count AND %s)\
      """;

  private final StringBuilder sql = new StringBuilder("true");
  private final Map<String, Object> params = new LinkedHashMap<>();

  private LetterFilter() {}

  /** All letters, until conditions are added. */
  public static LetterFilter all() {
    return new LetterFilter();
  }

  /** Reads the fields of every filter; the caller reads its own and refuses the rest. */
  public static LetterFilter read(JsonObject fields, FieldProblems problems) {
    var filter = new LetterFilter();
    filter.add(
        fields, problems, "tenant", "d.tenant = :tenant", text -> new TenantId(text).value());
    filter.add(
        fields,
        problems,
        "category",
        "d.category = :category",
        text -> DeadLetter.Category.of(text).wireName());
    filter.add(
        fields,
        problems,
        "relay",
        OUTCOME.formatted("t.attempt = d.attempts AND t.detail ->> 'relay' = :relay"),
        LetterFilter::plain);
    smtpCode(fields, problems)
        .ifPresent(code ->
            filter.and(
                "smtp_code",
                OUTCOME.formatted(
                    "EXISTS (SELECT FROM jsonb_array_elements(t.detail -> 'results') r"
                        + " WHERE (r ->> 'smtp_code')::int = :smtp_code AND r ->> 'recipient' = ANY (d.recipients))"),
                code));
    filter.add(
        fields,
        problems,
        "recipient_domain",
        // Behind the last @: a quoted local part may have others.
        "EXISTS (SELECT FROM unnest(d.recipients) r WHERE split_part(r, '@', -1) = :recipient_domain)",
        DomainName::canonical);
    filter.add(fields, problems, "since", "d.dead_at >= :since", LetterFilter::time);
    filter.add(fields, problems, "until", "d.dead_at < :until", LetterFilter::time);
    return filter;
  }

  /** Reads the state, a filter of lists only. */
  LetterFilter state(JsonObject fields, FieldProblems problems) {
    add(fields, problems, "state", "s.state = :state", text -> state(text).wireName());
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

  private void add(
      JsonObject fields,
      FieldProblems problems,
      String field,
      String condition,
      Function<String, Object> parser) {
    fields
        .text(field)
        .ifPresent(text -> {
          try {
            and(field, condition, parser.apply(text));
          } catch (IllegalArgumentException | DateTimeException e) {
            problems.add(fields.pointer(field), problem(field));
          }
        });
  }

  private static String problem(String field) {
    return switch (field) {
      case "tenant" -> "is not a tenant's id";
      case "category" -> "must be one of " + names(DeadLetter.Category.values(), c -> c.wireName());
      case "state" -> "must be one of " + names(LetterState.values(), LetterState::wireName);
      case "recipient_domain" -> "is not a domain";
      case "since", "until" -> "must be a time as 2026-11-22T12:00:00Z, in the years 2000 to 2199";
      default -> "must have 1 to " + LONGEST_TEXT + " characters and no control characters";
    };
  }

  private static <T> String names(T[] values, Function<T, String> name) {
    return Arrays.stream(values).map(name).collect(Collectors.joining(", "));
  }

  private static LetterState state(String text) {
    return Arrays.stream(LetterState.values())
        .filter(state -> state.wireName().equals(text))
        .findFirst()
        .orElseThrow(IllegalArgumentException::new);
  }

  /** A number in a body, or the same number as text in a query. */
  private static Optional<Integer> smtpCode(JsonObject fields, FieldProblems problems) {
    return fields
        .any("smtp_code")
        .flatMap((JsonNode node) -> {
          String text = node.isString() ? node.stringValue() : node.toString();
          if (text.matches("[2-5][0-9]{2}")) {
            return Optional.of(Integer.valueOf(text));
          }
          problems.add(fields.pointer("smtp_code"), "must be an SMTP reply code, as 550");
          return Optional.empty();
        });
  }

  private static String plain(String text) {
    if (text.isEmpty()
        || text.length() > LONGEST_TEXT
        || text.chars()
            .anyMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c))) {
      throw new IllegalArgumentException("not a plain text");
    }
    return text;
  }

  private static Object time(String text) {
    Instant time = Instant.parse(text);
    if (!StorableTime.isPlausible(time)) {
      throw new IllegalArgumentException("no time of ours");
    }
    return time.atOffset(ZoneOffset.UTC);
  }
}
