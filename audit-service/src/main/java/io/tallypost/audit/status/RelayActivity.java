package io.tallypost.audit.status;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The results of a relay's mail in the last minutes, as the workers reported them.
 *
 * @param relay its name; {@code none} where no relay could be asked
 * @param lastReason why the last mail did not get through; absent if it did
 * @param delivered mails that every recipient's relay has taken
 * @param deferred attempts after which a mail is tried again
 * @param failed finished mails that not every recipient has
 * @param parked mails whose last turn ended without an attempt at the relay
 */
record RelayActivity(
    String relay,
    State state,
    Instant lastAt,
    @Nullable String lastReason,
    long delivered,
    long deferred,
    long failed,
    long parked) {

  /** The result of its last mail. */
  enum State {
    /** The relay was asked, and took the mail. */
    DELIVERED,
    /** The relay was asked, and the mail is tried again. */
    DEFERRED,
    /** The relay was asked, or the mail's time was over: it is finished. */
    FAILED,
    /** The relay was not asked, as while a breaker is open; the reason says why. */
    PARKED;

    @JsonValue
    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State of(String wireName) {
      return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
  }
}
