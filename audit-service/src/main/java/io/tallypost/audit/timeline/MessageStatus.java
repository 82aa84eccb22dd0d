package io.tallypost.audit.timeline;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The status of a message, or of one of its recipients. */
public enum MessageStatus {
  /** Accepted, not decided yet. */
  QUEUED,
  /** Granted by quota, on its way to a relay. */
  APPROVED,
  /** Refused by quota. */
  REJECTED,
  /** Waits for its next attempt. */
  DEFERRED,
  /** The relay took it for everybody. */
  DELIVERED,
  /** Finished: some recipients have it and some do not. Never a recipient's status. */
  PARTIALLY_DELIVERED,
  /** Finished: nobody has it. */
  FAILED;

  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static MessageStatus of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }

  /** Whether it may still be delivered without an operator. */
  boolean isOpen() {
    return switch (this) {
      case QUEUED, APPROVED, DEFERRED -> true;
      case REJECTED, DELIVERED, PARTIALLY_DELIVERED, FAILED -> false;
    };
  }
}
