package io.tallypost.kit.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.tallypost.kit.problems.ProblemException;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * A guard of this process, not a quota: a number per minute for each name. The names are bounded;
 * the one unseen for longest is forgotten first.
 */
public final class RequestRate {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MOST_NAMES = 100_000;

  private final RateLimiterConfig config;
  private final Cache<String, AtomicRateLimiter> limiters =
      Caffeine.newBuilder()
          .maximumSize(MOST_NAMES)
          .expireAfterAccess(WINDOW.multipliedBy(2))
          .build();

  /** Allows this many per minute and name. */
  public RequestRate(int perMinute) {
    this.config =
        RateLimiterConfig.custom()
            .limitForPeriod(perMinute)
            .limitRefreshPeriod(WINDOW)
            .timeoutDuration(Duration.ZERO)
            .build();
  }

  /** Counts one; false if none was left. */
  public boolean tryAcquire(String name) {
    return limiter(name).acquirePermission(1);
  }

  /** The refusal of one too many. */
  public ProblemException refusal(String name, String detail) {
    long nanos = limiter(name).getDetailedMetrics().getNanosToWait();
    long seconds = Math.max(1, Math.ceilDiv(nanos, 1_000_000_000L));
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS, "rate_limited", detail + " No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
  }

  private AtomicRateLimiter limiter(String name) {
    return limiters.get(name, _ -> new AtomicRateLimiter("tallypost", config));
  }
}
