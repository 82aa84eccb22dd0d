package io.tallypost.audit.status;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What came of the mail for a relay in the last minutes, by what the workers wrote down.
 *
 * @param relay its name; {@code none} where no relay could be asked
 * @param lastReason why the last mail did not get through; absent where it did
 * @param delivered mails that every recipient's relay has taken
 * @param deferred attempts after which a mail is tried again
 * @param failed mails at their end that not every recipient has
 * @param parked mails that wait without the relay having been asked, at the last time
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

  /** How the last of its mail fared. */
  enum State {
    /** The relay was asked, and took the mail. */
    DELIVERED,
    /** The relay was asked, and the mail is tried again. */
    DEFERRED,
    /** The relay was asked, or the mail's time was over: it is at its end. */
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
