package io.posthorn.intake.keys;

import io.posthorn.json.Faults;
import io.posthorn.json.JsonObject;
import io.posthorn.keys.AddressRange;
import io.posthorn.keys.DomainRule;
import io.posthorn.keys.KeyRestrictions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads out of a body what narrows a key's use; what is absent stays, null clears. */
record RestrictionFields(JsonObject body, Instant now, Faults faults) {
  private static final int MOST = 100;
  private static final Duration LONGEST_LIFE = Duration.ofDays(100 * 365);

  KeyRestrictions read(KeyRestrictions before) {
    return new KeyRestrictions(
        expiry(before.expiresAt()),
        list("allowed_sender_domains", before.senderDomains(), DomainRule::new),
        list("allowed_recipient_domains", before.recipientDomains(), DomainRule::new),
        list("allowed_cidrs", before.cidrs(), AddressRange::new));
  }

  private @Nullable Instant expiry(@Nullable Instant before) {
    String field = "expires_at";
    if (body.isNull(field)) {
      return null;
    }
    if (!body.has(field)) {
      return before;
    }
    return body.text(field).map(text -> instant(body.pointer(field), text)).orElse(null);
  }

  private @Nullable Instant instant(String pointer, String text) {
    try {
      Instant expiry = OffsetDateTime.parse(text).toInstant();
      if (!expiry.isAfter(now)) {
        faults.add(pointer, "is past");
      } else if (expiry.isAfter(now.plus(LONGEST_LIFE))) {
        faults.add(pointer, "is more than 100 years away; leave it out for a key without an end");
      }
      return expiry;
    } catch (DateTimeException e) {
      faults.add(pointer, "must be a time with its offset, as 2027-01-31T12:00:00Z");
      return null;
    }
  }

  private <T> List<T> list(String field, List<T> before, Function<String, T> parse) {
    if (body.isNull(field)) {
      return List.of();
    }
    if (!body.has(field)) {
      return before;
    }
    if (body.any(field).orElseThrow().size() > MOST) {
      faults.add(body.pointer(field), "has more than " + MOST + " entries");
      return List.of();
    }
    var values = new LinkedHashSet<T>();
    body.texts(field)
        .forEach((pointer, text) -> {
          try {
            values.add(parse.apply(text));
          } catch (IllegalArgumentException e) {
            faults.add(pointer, String.valueOf(e.getMessage()));
          }
        });
    return List.copyOf(values);
  }
}
