package io.tallypost.audit.replay;

import io.tallypost.audit.deadletter.LetterFilter;
import io.tallypost.audit.operator.Answers;
import io.tallypost.ids.RelayId;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.mail.EmailAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What {@code POST /api/v1/admin/replays} was asked for.
 *
 * @param filter which letters, the ids' condition included
 * @param ids the named ids by their JSON pointers; empty with a filter
 * @param rate letters per second
 */
record ReplayRequest(
    LetterFilter filter,
    Map<String, UUID> ids,
    List<EmailAddress> recipients,
    int rate,
    @Nullable String relayId,
    boolean dryRun) {
  static final int HIGHEST_RATE = 1000;
  private static final int MOST_IDS = 1000;
  private static final int MOST_RECIPIENTS = 1000;

  /** Reads a body; only valid if there are no problems. */
  static ReplayRequest read(JsonObject body, int defaultRate, FieldProblems problems) {
    Map<String, UUID> ids =
        parsed(
            body.texts("ids"),
            text -> Answers.id(text).orElseThrow(IllegalArgumentException::new),
            "is not the id of a dead letter",
            problems);
    SequencedSet<EmailAddress> recipients =
        new LinkedHashSet<>(
            parsed(
                    body.texts("recipients"),
                    EmailAddress::new,
                    "is not an e-mail address",
                    problems)
                .values());
    LetterFilter filter = filter(body, problems);
    checkSize(body, "ids", ids.size(), MOST_IDS, problems);
    checkSize(body, "recipients", recipients.size(), MOST_RECIPIENTS, problems);
    if (body.has("ids")) {
      filter.and("ids", "d.id = ANY (:ids::uuid[])", texts(ids.values()));
    }
    if (!recipients.isEmpty()) {
      filter.and(
          "recipients",
          "d.recipients && :recipients::text[]",
          recipients.stream().map(EmailAddress::value).toArray(String[]::new));
    }
    var request =
        new ReplayRequest(
            filter,
            ids,
            List.copyOf(recipients),
            rate(body, problems).orElse(defaultRate),
            relay(body, problems).orElse(null),
            body.bool("dry_run").orElse(false));
    body.refuseUnknown();
    return request;
  }

  private static LetterFilter filter(JsonObject body, FieldProblems problems) {
    if (body.has("filter") == body.has("ids")) {
      problems.add("", "needs either filter or ids; an empty filter means all letters that wait");
    }
    return body.object("filter")
        .map(fields -> {
          LetterFilter filter = LetterFilter.read(fields, problems);
          fields.refuseUnknown();
          return filter;
        })
        .orElseGet(LetterFilter::all);
  }

  private static void checkSize(
      JsonObject body, String field, int size, int most, FieldProblems problems) {
    if (body.has(field) && (size == 0 || size > most)) {
      problems.add(body.pointer(field), "must have 1 to " + most + " entries");
    }
  }

  private static Optional<Integer> rate(JsonObject body, FieldProblems problems) {
    Optional<Long> rate = body.wholeNumber("rate_per_second");
    if (rate.isPresent() && (rate.get() < 1 || rate.get() > HIGHEST_RATE)) {
      problems.add("/rate_per_second", "must be 1 to " + HIGHEST_RATE);
      return Optional.empty();
    }
    return rate.map(Long::intValue);
  }

  private static Optional<String> relay(JsonObject body, FieldProblems problems) {
    try {
      return body.text("relay_id").map(RelayId::new).map(RelayId::value);
    } catch (IllegalArgumentException e) {
      problems.add("/relay_id", "is not the id of a relay");
      return Optional.empty();
    }
  }

  private static <T> Map<String, T> parsed(
      Map<String, String> texts,
      Function<String, T> parser,
      String problem,
      FieldProblems problems) {
    var parsed = new LinkedHashMap<String, T>();
    texts.forEach((pointer, text) -> {
      try {
        parsed.put(pointer, parser.apply(text));
      } catch (IllegalArgumentException e) {
        problems.add(pointer, problem);
      }
    });
    return parsed;
  }

  private static String[] texts(Iterable<UUID> ids) {
    var texts = new ArrayList<String>();
    ids.forEach(id -> texts.add(id.toString()));
    return texts.toArray(String[]::new);
  }

  /** How many letters were named; each counts once. */
  int named() {
    return Math.toIntExact(ids.values().stream().distinct().count());
  }
}
