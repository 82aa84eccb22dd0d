package io.tallypost.intake.keys;

import io.tallypost.intake.json.ListField;
import io.tallypost.intake.send.RelayHeaders;
import io.tallypost.json.Faults;
import io.tallypost.json.JsonObject;
import io.tallypost.keys.AddressRange;
import io.tallypost.keys.DomainRule;
import io.tallypost.keys.HeaderName;
import io.tallypost.keys.KeyRestrictions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * Reads out of a body what narrows a key's use, or is allowed it; what is absent stays, null
 * clears.
 */
record RestrictionFields(JsonObject body, Instant now, Faults faults) {
  private static final Duration LONGEST_LIFE = Duration.ofDays(100 * 365);

  KeyRestrictions read(KeyRestrictions before) {
    return new KeyRestrictions(
        expiry(before.expiresAt()),
        ListField.read(
            body, "allowed_sender_domains", before.senderDomains(), DomainRule::new, faults),
        ListField.read(
            body, "allowed_recipient_domains", before.recipientDomains(), DomainRule::new, faults),
        ListField.read(body, "allowed_cidrs", before.cidrs(), AddressRange::new, faults),
        ListField.read(
            body, "allowed_headers", before.allowedHeaders(), RestrictionFields::order, faults));
  }

  /** Only what is refused otherwise: a slip in a name would look as if it allowed something. */
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
}
