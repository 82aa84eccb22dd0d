package io.tallypost.events;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.ids.Digest;
import io.tallypost.mail.Lane;
import io.tallypost.mail.Mail;
import java.util.regex.Pattern;

/**
 * Tells whether two POSTs under one Idempotency-Key ask for the same mail: SHA-256 of its canonical
 * form, in hex.
 */
public record Fingerprint(@JsonValue String value) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

  /**
   * Checks the form.
   *
   * @throws IllegalArgumentException if it is not 64 lower-case hex digits
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Fingerprint {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("a fingerprint is 64 hex digits");
    }
  }

  /**
   * The event's JSON is canonical: fixed order of fields, sorted headers, nothing that is absent.
   */
  public static Fingerprint of(Mail mail, Lane lane) {
    byte[] json = EventJson.write(mail);
    return new Fingerprint(Digest.of(lane.wireName(), Digest.of(json).hex()).hex());
  }
}
