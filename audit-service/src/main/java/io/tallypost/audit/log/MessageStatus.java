package io.tallypost.audit.log;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a message, or one of its recipients, stands. */
enum MessageStatus {
  /** Accepted, not decided yet. */
  QUEUED,
  /** Granted by quota, on its way to a relay. */
  APPROVED,
  /** Refused by quota. */
  REJECTED,
  /** To be tried again. */
  DEFERRED,
  /** The relay took it for everybody. */
  DELIVERED,
  /** At its end: some have it and some do not. Never a recipient's. */
  PARTIALLY_DELIVERED,
  /** At its end: nobody has it. */
  FAILED;

  @JsonValue
  String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static MessageStatus of(String wireName) {
    return valueOf(wireName.toUpperCase(Locale.ROOT));
  }

  /** Whether it may still be delivered without anybody's doing. */
  boolean isOpen() {
    return switch (this) {
      case QUEUED, APPROVED, DEFERRED -> true;
      case REJECTED, DELIVERED, PARTIALLY_DELIVERED, FAILED -> false;
    };
  }
}
