package io.tallypost.intake.inflight;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What is counted of requests in flight.
 *
 * <ul>
 *   <li>{@code tallypost_requests_refused_total{reason}}: requests refused because there were too
 *       many at once.
 *   <li>{@code tallypost_request_memory_reserved_bytes}, {@code
 *       tallypost_request_memory_limit_bytes}: the memory set aside for bodies in flight, and the
 *       most that is.
 * </ul>
 */
final class InFlightMetrics {
  /** Why a request was refused. */
  enum Reason {
    KEY_CONCURRENCY,
    TENANT_CONCURRENCY,
    MEMORY
  }

  private final Map<Reason, Counter> refused = new EnumMap<>(Reason.class);

  InFlightMetrics(MeterRegistry registry, ByteBudget budget) {
    Arrays.stream(Reason.values())
        .forEach(reason ->
            refused.put(
                reason,
                Counter.builder("tallypost.requests.refused")
                    .description("Requests refused because there were too many at once")
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(registry)));
    Gauge.builder("tallypost.request.memory.reserved", budget, ByteBudget::taken)
        .description("Memory set aside for the bodies of requests in flight")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("tallypost.request.memory.limit", budget, ByteBudget::limit)
        .description("The most that is set aside for them")
        .baseUnit("bytes")
        .register(registry);
  }

  void refused(Reason reason) {
    Objects.requireNonNull(refused.get(reason), "each reason has one").increment();
  }
}
