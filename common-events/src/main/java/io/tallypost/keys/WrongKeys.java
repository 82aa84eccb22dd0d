package io.tallypost.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.web.ProblemException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * How many wrong keys come from each network in a minute. A key is charged before anybody knows
 * whether it is wrong, and refunded if it is not: charged afterwards, any number could be tried at
 * once. The networks are bounded; the one that was longest unseen is forgotten first.
 */
final class WrongKeys {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MOST_NETWORKS = 100_000;

  /** Of the keys some are still being looked at, and may prove to be good. */
  private record Window(Instant since, int keys, int wrong) {
    boolean covers(Instant now) {
      // A clock that was set back begins anew.
      return !now.isBefore(since) && now.isBefore(since.plus(WINDOW));
    }
  }

  /**
   * What one key was charged.
   *
   * @param number the how-many-eth key of its network in this minute it is, from 1
   * @param tooMany whether its network had none left
   * @param wrong whether that is because so many were wrong, and not because others are still being
   *     looked at
   */
  record Charge(String network, Instant since, int number, boolean tooMany, boolean wrong) {}

  private final int most;
  private final Cache<String, Window> networks =
      Caffeine.newBuilder()
          .maximumSize(MOST_NETWORKS)
          .expireAfterAccess(WINDOW.multipliedBy(2))
          .build();

  /** Allows that many per minute and network. */
  WrongKeys(int most) {
    this.most = most;
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
                            // One beyond the most says that there are none left.
                            ? new Window(
                                before.since(), Math.min(before.keys(), most) + 1, before.wrong())
                            : new Window(now, 1, 0)),
            "just made");
    return new Charge(
        network, window.since(), window.keys(), window.keys() > most, window.wrong() >= most);
  }

  /** Takes a charge back: the key was a good one, or nobody looked at it. */
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

  /** Notes that the key was a wrong one: its charge stays. */
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

  /** The refusal where none is left. */
  static ProblemException refusal(Charge charge, Instant now) {
    long millis = Duration.between(now, charge.since().plus(WINDOW)).toMillis();
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            "Too many requests with wrong API keys came from this network address; wait, and check the key. No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, Math.ceilDiv(millis, 1000L))));
  }
}
