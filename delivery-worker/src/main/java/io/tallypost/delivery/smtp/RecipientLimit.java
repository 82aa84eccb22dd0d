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
  /** Relays are changed, and a 421 may have had another reason. */
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private record Learnt(int recipients, Instant at) {}

  private final InstantSource clock;
  private volatile @Nullable Learnt learnt;

  RecipientLimit(InstantSource clock) {
    this.clock = clock;
  }

  int current() {
    Learnt known = learnt;
    return known == null || known.at().plus(REMEMBERED).isBefore(clock.instant())
        ? Integer.MAX_VALUE
        : known.recipients();
  }

  /** It accepted this many and closed the connection at the next one. */
  synchronized void learn(int recipients) {
    // Another send may have learned a lower number since.
    learnt = new Learnt(Math.max(1, Math.min(recipients, current())), clock.instant());
  }
}
