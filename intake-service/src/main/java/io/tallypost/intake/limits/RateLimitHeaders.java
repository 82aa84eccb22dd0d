package io.tallypost.intake.limits;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaLimit;
import io.tallypost.ids.QuotaPolicyName;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;

/**
 * Tells a sender its limits and what is left, in the fields of draft-ietf-httpapi-ratelimit-headers
 * ({@code RateLimit-Policy: "key_day";q=1000;w=86400}, {@code RateLimit: "key_day";r=99;t=3600})
 * and in the older {@code X-RateLimit-*} that more clients read. All times are seconds from now,
 * rounded up, so that a client that waits that long is past the reset.
 */
public final class RateLimitHeaders {
  static final String POLICY = "RateLimit-Policy";
  static final String RATE_LIMIT = "RateLimit";
  static final String LIMIT = "X-RateLimit-Limit";
  static final String REMAINING = "X-RateLimit-Remaining";
  static final String RESET = "X-RateLimit-Reset";

  /** Where two policies leave equally little, the one that lasts longer is the tighter. */
  private static final Comparator<PolicyUsage> TIGHTNESS =
      Comparator.comparingLong(PolicyUsage::remaining)
          .thenComparing(PolicyUsage::resetsAt, Comparator.reverseOrder());

  private RateLimitHeaders() {}

  /** The policies of a key, without their usage; empty for a key without limits. */
  static Optional<String> policies(List<QuotaLimit> limits, Instant now) {
    return limits.isEmpty()
        ? Optional.empty()
        : Optional.of(
            limits.stream()
                .map(limit ->
                    "\"%s\";q=%d;w=%d"
                        .formatted(
                            limit.policy().wireName(),
                            limit.limit(),
                            window(limit.policy(), now).toSeconds()))
                .collect(Collectors.joining(", ")));
  }

  /** What the tightest policy leaves. */
  public static HttpHeaders standing(List<PolicyUsage> policies, Instant now) {
    var headers = new HttpHeaders();
    policies.stream()
        .min(TIGHTNESS)
        .ifPresent(tightest -> {
          long reset = secondsUntil(tightest.resetsAt(), now);
          headers.set(
              RATE_LIMIT,
              "\"%s\";r=%d;t=%d"
                  .formatted(tightest.policy().wireName(), tightest.remaining(), reset));
          headers.set(LIMIT, Long.toString(tightest.limit()));
          headers.set(REMAINING, Long.toString(tightest.remaining()));
          headers.set(RESET, Long.toString(reset));
        });
    return headers;
  }

  /** Whole seconds, rounded up; 0 for a time that is past. */
  public static long secondsUntil(Instant then, Instant now) {
    return Math.max(0, Math.ceilDiv(Duration.between(now, then).toMillis(), 1000L));
  }

  private static Duration window(QuotaPolicyName policy, Instant now) {
    return switch (policy) {
      case KEY_MINUTE -> Duration.ofMinutes(1);
      case KEY_DAY, TENANT_DAY -> Duration.ofDays(1);
      case TENANT_MONTH ->
          Duration.ofDays(YearMonth.from(now.atOffset(ZoneOffset.UTC)).lengthOfMonth());
    };
  }
}
