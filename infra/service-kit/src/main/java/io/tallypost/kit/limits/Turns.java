package io.tallypost.kit.limits;

import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.problems.Refusals;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Limits how many turns each name has at once. It knows a name while somebody has or awaits a turn.
 */
public final class Turns {
  /** So that a page that asks for ten things at once gets them. */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  private final int most;
  private final ConcurrentHashMap<String, Place> places = new ConcurrentHashMap<>();

  /** Allows this many at once for each name. */
  public Turns(int most) {
    this.most = most;
  }

  /** A turn, until it is closed. */
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits a moment for a turn.
   *
   * @param detail what the one that gets none is told
   * @throws ProblemException 429 if there is none in time
   */
  public Turn await(String name, String detail) {
    try {
      if (!take(name, PATIENCE)) {
        throw busy(detail);
      }
      return () -> giveBack(name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusals.unavailable("The service is stopping; try again.");
    }
  }

  /** The refusal of one that got no turn. */
  public static ProblemException busy(String detail) {
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            detail + " Wait for the answers before you ask for more. No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, Long.toString(PATIENCE.toSeconds()));
  }

  /** A name's turns, and how many threads have one or wait. */
  private record Place(Semaphore free, int users) {
    Place users(int change) {
      return new Place(free, users + change);
    }
  }

  /**
   * Waits for a turn.
   *
   * @return whether it got one, which must be given back
   */
  public boolean take(String name, Duration patience) throws InterruptedException {
    Place place = places.compute(name, (_, known) -> joined(known));
    boolean taken = false;
    try {
      taken = place.free().tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
      return taken;
    } finally {
      if (!taken) {
        leave(name);
      }
    }
  }

  /** Gives back a turn that {@link #take} got. */
  public void giveBack(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalStateException("nobody has a turn of " + name);
    }
    place.free().release();
    leave(name);
  }

  /** How many names have or await a turn. */
  int names() {
    return places.size();
  }

  private Place joined(@Nullable Place known) {
    return known == null ? new Place(new Semaphore(most, true), 1) : known.users(1);
  }

  private void leave(String name) {
    places.computeIfPresent(name, (_, place) -> place.users() == 1 ? null : place.users(-1));
  }
}
