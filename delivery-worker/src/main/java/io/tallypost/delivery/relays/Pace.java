package io.tallypost.delivery.relays;

import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.tallypost.relays.SendingRate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Holds a relay's rate: this worker's share of so many mails per second and per minute. */
final class Pace {
  private final SendingRate rate;
  private volatile double share;
  private volatile List<AtomicRateLimiter> limiters;
  private volatile Duration interval;

  Pace(SendingRate rate, double share) {
    this.rate = rate;
    this.share = share;
    this.limiters = limiters(share);
    this.interval = interval(share);
  }

  /** Takes another share from now on. */
  void share(double mine) {
    // New limiters have forgotten what was sent in this period: replace them only if necessary.
    if (mine != share) {
      share = mine;
      limiters = limiters(mine);
      interval = interval(mine);
    }
  }

  /** Counts one mail; false if there is no room for it now. */
  boolean tryTake() {
    return limiters.stream().allMatch(limiter -> limiter.acquirePermission(1));
  }

  /** The earliest time at which there is room again. */
  Instant freeAt(Instant now) {
    long nanos =
        limiters.stream()
            .mapToLong(limiter -> limiter.getDetailedMetrics().getNanosToWait())
            .max()
            .orElse(0);
    return now.plusNanos(nanos);
  }

  /** The time per mail at this rate. */
  Duration interval() {
    return interval;
  }

  private List<AtomicRateLimiter> limiters(double share) {
    return Stream.of(
            limiter(rate.perSecond(), Duration.ofSeconds(1), share),
            limiter(rate.perMinute(), Duration.ofMinutes(1), share))
        .flatMap(Stream::ofNullable)
        .toList();
  }

  private static @Nullable AtomicRateLimiter limiter(
      @Nullable Integer limit, Duration period, double share) {
    if (limit == null) {
      return null;
    }
    double mine = limit * share;
    int whole = Math.max(1, (int) mine);
    // A share that is not a whole number of mails in a period becomes one in a longer or shorter
    // period.
    Duration stretched =
        mine == 0 ? period : Duration.ofNanos((long) (period.toNanos() * (whole / mine)));
    return new AtomicRateLimiter(
        "pace",
        RateLimiterConfig.custom()
            .limitForPeriod(whole)
            .limitRefreshPeriod(stretched)
            .timeoutDuration(Duration.ZERO)
            .build());
  }

  private Duration interval(double share) {
    double perSecond =
        Math.min(
            rate.perSecond() == null ? Double.MAX_VALUE : rate.perSecond(),
            rate.perMinute() == null ? Double.MAX_VALUE : rate.perMinute() / 60.0);
    double mine = perSecond * (share == 0 ? 1 : share);
    return Duration.ofNanos((long) (1_000_000_000L / mine));
  }
}
