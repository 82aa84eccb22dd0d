package io.tallypost.intake.keys;

import io.tallypost.intake.json.ListField;
import io.tallypost.intake.send.RelayHeaders;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.HeaderName;
import io.tallypost.keys.KeyRestrictions;
import io.tallypost.kit.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a key's restrictions and allowed headers from a body; absent fields stay, null clears. */
record RestrictionFields(JsonObject body, Instant now) {
  private static final Duration LONGEST_LIFE = Duration.ofDays(100 * 365);

  private static final List<String> LISTS =
      List.of(
          "allowed_sender_domains",
          "allowed_recipient_domains",
          "allowed_cidrs",
          "allowed_headers");

  KeyRestrictions read(KeyRestrictions before) {
    KeyRestrictions restrictions = all(before);
    int length = length(restrictions);
    if (length > ListField.LONGEST) {
      // A key that is older than this bound can still be changed in other fields.
      LISTS.stream()
          .filter(body::has)
          .forEach(field ->
              body.problem(
                  field,
                  "has, with the key's other lists, %d characters; at most %d in all"
                      .formatted(length, ListField.LONGEST)));
    }
    return restrictions;
  }

  private static int length(KeyRestrictions restrictions) {
    return Stream.of(
            restrictions.senderDomains(),
            restrictions.recipientDomains(),
            restrictions.cidrs(),
            restrictions.allowedHeaders())
        .flatMap(list -> list.stream().map(Object::toString))
        .mapToInt(String::length)
        .sum();
  }

  private KeyRestrictions all(KeyRestrictions before) {
    return new KeyRestrictions(
        expiry(before.expiresAt()),
        ListField.read(body, "allowed_sender_domains", before.senderDomains(), DomainRule::new),
        ListField.read(
            body, "allowed_recipient_domains", before.recipientDomains(), DomainRule::new),
        ListField.read(body, "allowed_cidrs", before.cidrs(), AddressRange::new),
        ListField.read(body, "allowed_headers", before.allowedHeaders(), RestrictionFields::order));
  }

  /** Only headers that are otherwise refused: a misspelt name would seem to allow something. */
  private static HeaderName order(String text) {
    var name = new HeaderName(text);
    if (!RelayHeaders.canBeAllowed(name.value())) {
      throw new IllegalArgumentException(
          "is not a header that a key can be allowed; those are " + RelayHeaders.names());
    }
    return name;
  }

  private @Nullable Instant expiry(@Nullable Instant before) {
    String field = "expires_at";
    if (body.isNull(field)) {
      return null;
    }
    if (!body.has(field)) {
      return before;
    }
    return body.parsed(field, this::instant).orElse(null);
  }

  private Instant instant(String text) {
    Instant expiry;
    try {
      expiry = OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "must be a time with its offset, as 2027-01-31T12:00:00Z", e);
    }
    if (!expiry.isAfter(now)) {
      throw new IllegalArgumentException("is past");
    }
    if (expiry.isAfter(now.plus(LONGEST_LIFE))) {
      throw new IllegalArgumentException(
          "is more than 100 years away; leave it out for a key without an end");
    }
    return expiry;
  }
}
