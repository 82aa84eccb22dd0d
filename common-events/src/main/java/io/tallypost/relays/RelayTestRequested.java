package io.tallypost.relays;

import io.tallypost.events.EventContext;
import io.tallypost.mail.EmailAddress;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Somebody wants to know whether a relay works: the value of {@code relay.tests.v1}, keyed by its
 * id, with the waiting intake instance in the header {@code reply-to}.
 *
 * @param v the version of this shape
 * @param id the test's id, which its result repeats
 * @param relay the relay to test, enabled or not
 * @param from the author of the test mail; null for no mail
 * @param to the recipient of the test mail; null only connects and logs in
 * @param expiresAt when nobody waits for the result any more, so that the test can be skipped
 */
public record RelayTestRequested(
    int v,
    UUID id,
    RelayState relay,
    @Nullable EmailAddress from,
    @Nullable EmailAddress to,
    Instant expiresAt) {

  /** The shape that this build writes, and the highest that it reads. */
  public static final int SHAPE = EventContext.VERSION;

  /**
   * Checks that this build can use it.
   *
   * @throws IllegalArgumentException if the shape is a later one
   * @throws NullPointerException if a field is missing
   */
  public RelayTestRequested {
    if (v < 1 || v > SHAPE) {
      throw new IllegalArgumentException("test version " + v + " is not one of 1 to " + SHAPE);
    }
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(relay, "relay");
    Objects.requireNonNull(expiresAt, "expires_at");
  }
}
