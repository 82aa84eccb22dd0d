package io.tallypost.ids;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.tallypost.mail.EmailAddress;
import io.tallypost.mail.Mode;
import java.time.Instant;
import java.util.UUID;

/**
 * Names one mail for good: the key of every record about it, the {@code id} of the API, and the
 * left side of the RFC 5322 Message-ID.
 */
public record MessageId(@JsonValue UUID value) {

  /** A new id for a mail that was posted without an Idempotency-Key. */
  public static MessageId next(Instant at) {
    return new MessageId(Uuids.v7(at));
  }

  /**
   * The id of every mail posted with this Idempotency-Key: the same for each repeat, on each
   * replica, without a store.
   */
  public static MessageId of(TenantId tenant, Mode mode, String idempotencyKey) {
    return new MessageId(Uuids.v8(Digest.of(tenant.value(), mode.wireName(), idempotencyKey)));
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException if it is not a UUID of 36 characters
   */
  @JsonCreator
  public static MessageId parse(String text) {
    // UUID.fromString takes "1-1-1-1-1" too.
    if (text.length() != 36) {
      throw new IllegalArgumentException("a message id is a UUID of 36 characters");
    }
    return new MessageId(UUID.fromString(text));
  }

  /** The RFC 5322 Message-ID, which stays the same over all retries and replays. */
  public String internetMessageId(EmailAddress from) {
    return "<" + value + "@" + from.domain() + ">";
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
