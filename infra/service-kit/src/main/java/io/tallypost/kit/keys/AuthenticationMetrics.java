package io.tallypost.kit.keys;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * What is counted about callers. All are there at zero before the first request.
 *
 * <ul>
 *   <li>{@code tallypost_auth_failures_total{reason}}: requests refused because of their key; a
 *       request without one is not among them.
 *   <li>{@code tallypost_key_cache_total{result}}: keys that were looked up, by whether bcrypt had
 *       to run for them ({@code miss}) or not ({@code hit}).
 * </ul>
 */
final class AuthenticationMetrics {
  /** Why a request with a key was refused. */
  enum Reason {
    UNKNOWN,
    DISABLED,
    EXPIRED,
    ADDRESS,
    TENANT_DISABLED,
    TOO_MANY_FAILURES,
    BUSY
  }

  private final Map<Reason, Counter> failures = new EnumMap<>(Reason.class);

  AuthenticationMetrics(MeterRegistry registry, ApiKeyAuthenticator authenticator) {
    Arrays.stream(Reason.values())
        .forEach(reason ->
            failures.put(
                reason,
                Counter.builder("tallypost.auth.failures")
                    .description("Requests refused because of their API key")
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(registry)));
    cache(registry, authenticator, "hit", ApiKeyAuthenticator::hits);
    cache(registry, authenticator, "miss", ApiKeyAuthenticator::misses);
  }

  private static void cache(
      MeterRegistry registry,
      ApiKeyAuthenticator authenticator,
      String result,
      ToLongFunction<ApiKeyAuthenticator> count) {
    FunctionCounter.builder("tallypost.key.cache", authenticator, count::applyAsLong)
        .description("API keys looked up; a miss costs a bcrypt")
        .tag("result", result)
        .register(registry);
  }

  void refused(Reason reason) {
    Objects.requireNonNull(failures.get(reason), "each reason has one").increment();
  }
}
