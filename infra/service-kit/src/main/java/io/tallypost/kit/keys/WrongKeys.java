package io.tallypost.kit.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Counts wrong keys of each network per minute. A key is charged before its check, and refunded if
 * it is good: otherwise any number could be tried at once. The networks are bounded; the one unseen
 * for longest is forgotten first.
 */
final class WrongKeys {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MOST_NETWORKS = 100_000;

  /** Some of the keys are still being checked, and may prove good. */
  private record Window(Instant since, int keys, int wrong) {
    boolean covers(Instant now) {
      // Whoever looked at the clock first may come here second. A clock that was set back by more
      // starts again.
      return now.isAfter(since.minus(WINDOW)) && now.isBefore(since.plus(WINDOW));
    }
  }

  /**
   * The charge for one key.
   *
   * @param number its number among the network's keys in this minute, from 1
   * @param tooMany whether the network had none left
   * @param wrong whether that is because of wrong keys, not because others are still being checked
   */
  record Charge(String network, Instant since, int number, boolean tooMany, boolean wrong) {}

  private final int most;
  private final Cache<String, Window> networks =
      Caffeine.newBuilder()
          .maximumSize(MOST_NETWORKS)
          .expireAfterAccess(WINDOW.multipliedBy(2))
          .build();

  /** Allows this many per minute and network. */
  WrongKeys(int most) {
    this.most = most;
  }

  /** Allows as many as there may be: only numbers them. */
  static WrongKeys unlimited() {
    // One beyond the maximum is counted.
    return new WrongKeys(Integer.MAX_VALUE - 1);
  }

  /** Charges a key. */
  Charge charge(String network, Instant now) {
    Window window =
        Objects.requireNonNull(
            networks
                .asMap()
                .compute(
                    network,
                    (_, before) ->
                        before != null && before.covers(now)
                            // One beyond the maximum means that none are left.
                            ? new Window(
                                before.since(), Math.min(before.keys(), most) + 1, before.wrong())
                            : new Window(now, 1, 0)),
            "just made");
    return new Charge(
        network, window.since(), window.keys(), window.keys() > most, window.wrong() >= most);
  }

  /** Takes a charge back: the key was good, or nobody checked it. */
  void refund(Charge charge) {
    networks
        .asMap()
        .computeIfPresent(
            charge.network(),
            (_, window) ->
                window.since().equals(charge.since())
                    ? new Window(
                        window.since(), Math.clamp(window.keys() - 1L, 0, most - 1), window.wrong())
                    : window);
  }

  /** Notes that the key was wrong: its charge stays. */
  void confirm(Charge charge) {
    networks
        .asMap()
        .computeIfPresent(
            charge.network(),
            (_, window) ->
                window.since().equals(charge.since())
                    ? new Window(window.since(), window.keys(), Math.min(window.wrong() + 1, most))
                    : window);
  }

  /** The refusal if none is left. */
  static ProblemException refusal(Charge charge, Instant now) {
    long millis = Duration.between(now, charge.since().plus(WINDOW)).toMillis();
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            "Too many requests with wrong API keys came from this network address; wait, and check the key. No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, Math.ceilDiv(millis, 1000L))));
  }
}
