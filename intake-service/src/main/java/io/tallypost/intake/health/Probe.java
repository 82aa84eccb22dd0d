package io.tallypost.intake.health;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether a part is up, for many callers with little time: never twice at once, and an answer
 * is valid for a second.
 */
final class Probe {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final BooleanSupplier question;
  private final Duration patience;
  private final InstantSource clock;
  private @Nullable CompletableFuture<Boolean> asked;
  private Instant askedAt = Instant.MIN;

  /**
   * A probe.
   *
   * @param question whether the part is up; may take long, and throws if it is not
   * @param patience how long an answer is waited for; later the part counts as down
   */
  Probe(BooleanSupplier question, Duration patience, InstantSource clock) {
    this.question = question;
    this.patience = patience;
    this.clock = clock;
  }

  /** Whether the part is up, after {@code patience} at the latest. */
  CompletableFuture<Boolean> isUp() {
    return current().copy().completeOnTimeout(false, patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized CompletableFuture<Boolean> current() {
    Instant now = clock.instant();
    if (asked == null || (asked.isDone() && !now.isBefore(askedAt.plus(FRESH)))) {
      asked =
          CompletableFuture.supplyAsync(
                  question::getAsBoolean, task -> Thread.startVirtualThread(task))
              .exceptionally(failure -> false);
      askedAt = now;
    }
    return asked;
  }
}
