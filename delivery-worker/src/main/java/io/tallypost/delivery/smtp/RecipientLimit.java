package io.tallypost.delivery.smtp;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * How many recipients a relay takes in one transaction, if it has shown that by closing the
 * connection (421) at one too many. Relays that say so in a reply to the recipient need no memory.
 */
final class RecipientLimit {
  /** The first 421 may have had another reason: a relay that stops says it between recipients. */
  private static final Duration AT_FIRST = Duration.ofMinutes(1);

  /** For one that does it again. Relays are changed. */
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private record Learnt(int recipients, Instant until) {}

  private final InstantSource clock;
  private volatile @Nullable Learnt learnt;

  RecipientLimit(InstantSource clock) {
    this.clock = clock;
  }

  int current() {
    Learnt known = learnt;
    return known == null || known.until().isBefore(clock.instant())
        ? Integer.MAX_VALUE
        : known.recipients();
  }

  /** It accepted this many and closed the connection at the next one. */
  synchronized void learn(int recipients) {
    Instant now = clock.instant();
    Learnt known = learnt;
    if (known != null && !known.until().isBefore(now)) {
      // Sends under way at the same time tell of the same event; one may have a lower number.
      learnt = new Learnt(Math.min(recipients, known.recipients()), known.until());
      return;
    }
    boolean again =
        known != null
            && known.recipients() == recipients
            && now.isBefore(known.until().plus(REMEMBERED));
    learnt = new Learnt(recipients, now.plus(again ? REMEMBERED : AT_FIRST));
  }
}
