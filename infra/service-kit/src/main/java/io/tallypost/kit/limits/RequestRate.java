package io.tallypost.kit.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tallypost.kit.problems.ProblemException;
import io.tallypost.kit.rate.Bucket;
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

  private final int perMinute;
  private final Cache<String, Bucket> buckets =
      Caffeine.newBuilder()
          .maximumSize(MOST_NAMES)
          .expireAfterAccess(WINDOW.multipliedBy(2))
          .build();

  /** Allows this many per minute and name. */
  public RequestRate(int perMinute) {
    this.perMinute = perMinute;
  }

  /** Counts one; false if none was left. */
  public boolean tryAcquire(String name) {
    return bucket(name).tryTake();
  }

  /** The refusal of one too many. */
  public ProblemException refusal(String name, String detail) {
    long seconds = Math.max(1, Math.ceilDiv(bucket(name).untilFree().toMillis(), 1_000));
    return new ProblemException(
            HttpStatus.TOO_MANY_REQUESTS, "rate_limited", detail + " No quota was charged.")
        .header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
  }

  private Bucket bucket(String name) {
    return buckets.get(name, _ -> new Bucket(perMinute, WINDOW));
  }
}
