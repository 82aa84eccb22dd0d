package io.posthorn.intake.send;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.posthorn.events.TenantId;
import io.posthorn.metrics.LabelValues;
import io.posthorn.metrics.LabelledCounter;
import io.posthorn.metrics.Latencies;
import java.time.Duration;

/**
 * What intake counts. Each is at zero before the first mail.
 *
 * <ul>
 *   <li>{@code posthorn_messages_accepted_total{tenant}}: mails answered 202, repeats included.
 *   <li>{@code posthorn_accept_seconds}: from the controller's call to its answer, of those.
 *   <li>{@code posthorn_message_size_bytes}: the bodies of those requests.
 *   <li>{@code posthorn_rate_limit_total{result}}: requests to send, by whether this process took
 *       them at their key's rate.
 *   <li>{@code posthorn_verdict_late_total}: mails answered {@code queued} although their sender
 *       waited; quota is slow or gone when it rises.
 *   <li>{@code posthorn_requests_unacknowledged_total}: mails answered 503 because the broker did
 *       not acknowledge them.
 *   <li>{@code posthorn_verdicts_unreadable_total}: records for this process that are no verdict.
 * </ul>
 */
final class SendMetrics {
  private static final double KIB = 1024;
  private static final double MIB = 1024 * KIB;

  private final LabelledCounter accepted;
  private final Timer acceptance;
  private final DistributionSummary size;
  private final Counter allowed;
  private final Counter denied;
  private final Counter late;
  private final Counter unacknowledged;
  private final Counter unreadable;

  SendMetrics(MeterRegistry registry, LabelValues values) {
    this.accepted =
        new LabelledCounter(
            registry, values, "posthorn.messages.accepted", "Mails answered 202", "tenant");
    this.acceptance =
        Latencies.timer("posthorn.accept", "How long their senders waited", Latencies.SHORT)
            .register(registry);
    this.size =
        DistributionSummary.builder("posthorn.message.size")
            .description("The bodies of accepted requests")
            .baseUnit("bytes")
            .serviceLevelObjectives(
                KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 32 * MIB)
            .register(registry);
    this.allowed = rateLimit(registry, "allowed");
    this.denied = rateLimit(registry, "denied");
    this.late = registry.counter("posthorn.verdict.late");
    this.unacknowledged = registry.counter("posthorn.requests.unacknowledged");
    this.unreadable = registry.counter("posthorn.verdicts.unreadable");
  }

  private static Counter rateLimit(MeterRegistry registry, String result) {
    return Counter.builder("posthorn.rate.limit")
        .description("Requests to send, by whether they kept to their key's rate")
        .tag("result", result)
        .register(registry);
  }

  /** Shows a tenant at zero. */
  void show(String tenant) {
    accepted.show(tenant);
  }

  void accepted(TenantId tenant, Duration took, int bytes) {
    accepted.increment(tenant.value());
    acceptance.record(took);
    size.record(bytes);
  }

  void rate(boolean kept) {
    (kept ? allowed : denied).increment();
  }

  void late() {
    late.increment();
  }

  void unacknowledged() {
    unacknowledged.increment();
  }

  void unreadable() {
    unreadable.increment();
  }
}
