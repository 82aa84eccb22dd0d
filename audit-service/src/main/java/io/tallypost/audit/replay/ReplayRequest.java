package io.tallypost.audit.replay;

import io.tallypost.audit.deadletter.LetterFilter;
import io.tallypost.audit.operator.Answers;
import io.tallypost.ids.RelayId;
import io.tallypost.kit.json.FieldProblems;
import io.tallypost.kit.json.JsonObject;
import io.tallypost.kit.json.NumberField;
import io.tallypost.mail.EmailAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.UUID;
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
  private static final NumberField RATE = new NumberField("rate_per_second", 1, HIGHEST_RATE);
  private static final int MOST_IDS = 1000;
  private static final int MOST_RECIPIENTS = 1000;

  /** Reads a body; only valid if there are no problems. */
  static ReplayRequest read(JsonObject body, int defaultRate, FieldProblems problems) {
    Map<String, UUID> ids = body.parsedTexts("ids", ReplayRequest::id);
    SequencedSet<EmailAddress> recipients =
        new LinkedHashSet<>(body.parsedTexts("recipients", ReplayRequest::recipient).values());
    LetterFilter filter = filter(body, problems);
    checkSize(body, "ids", ids.size(), MOST_IDS);
    checkSize(body, "recipients", recipients.size(), MOST_RECIPIENTS);
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
            RATE.read(body).orElse(defaultRate),
            body.parsed("relay_id", ReplayRequest::relay).orElse(null),
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
          LetterFilter filter = LetterFilter.read(fields);
          fields.refuseUnknown();
          return filter;
        })
        .orElseGet(LetterFilter::all);
  }

  private static void checkSize(JsonObject body, String field, int size, int most) {
    if (body.has(field) && (size == 0 || size > most)) {
      body.problem(field, "must have 1 to " + most + " entries");
    }
  }

  private static UUID id(String text) {
    return Answers.id(text)
        .orElseThrow(() -> new IllegalArgumentException("is not the id of a dead letter"));
  }

  private static EmailAddress recipient(String text) {
    try {
      return new EmailAddress(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not an e-mail address", e);
    }
  }

  private static String relay(String text) {
    try {
      return new RelayId(text).value();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not the id of a relay", e);
    }
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
