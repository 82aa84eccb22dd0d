package io.tallypost.intake.send;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tallypost.events.PolicyUsage;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.LabelledCounter;
import io.tallypost.kit.metrics.Latencies;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * What intake counts. Each is at zero before the first mail.
 *
 * <ul>
 *   <li>{@code tallypost_messages_accepted_total{tenant}}: mails answered 202, repeats included.
 *   <li>{@code tallypost_accept_seconds}: from the controller's call to its answer, of those.
 *   <li>{@code tallypost_message_size_bytes}: the bodies of those requests.
 *   <li>{@code tallypost_rate_limit_total{result}}: requests to send, by whether this process took
 *       them at their key's rate.
 *   <li>{@code tallypost_messages_refused_total{policy,tenant}}: mails over a limit that was known
 *       to be used up, refused without asking quota, by the violated policy that resets last.
 *   <li>{@code tallypost_verdict_late_total}: mails answered {@code queued} although their sender
 *       waited; quota is slow or gone when it rises.
 *   <li>{@code tallypost_requests_unacknowledged_total}: mails answered 503 because the broker did
 *       not acknowledge them.
 *   <li>{@code tallypost_verdicts_unreadable_total}: records for this process that are no verdict.
 * </ul>
 */
final class SendMetrics {
  private static final double KIB = 1024;
  private static final double MIB = 1024 * KIB;

  private final LabelledCounter accepted;
  private final LabelledCounter refused;
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
            registry, values, "tallypost.messages.accepted", "Mails answered 202", "tenant");
    this.refused =
        new LabelledCounter(
            registry,
            values,
            "tallypost.messages.refused",
            "Mails over a limit that was used up before, refused without asking quota",
            "policy",
            "tenant");
    this.acceptance =
        Latencies.timer("tallypost.accept", "How long their senders waited", Latencies.SHORT)
            .register(registry);
    this.size =
        DistributionSummary.builder("tallypost.message.size")
            .description("The bodies of accepted requests")
            .baseUnit("bytes")
            .serviceLevelObjectives(
                KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 32 * MIB)
            .register(registry);
    this.allowed = rateLimit(registry, "allowed");
    this.denied = rateLimit(registry, "denied");
    this.late = registry.counter("tallypost.verdict.late");
    this.unacknowledged = registry.counter("tallypost.requests.unacknowledged");
    this.unreadable = registry.counter("tallypost.verdicts.unreadable");
  }

  private static Counter rateLimit(MeterRegistry registry, String result) {
    return Counter.builder("tallypost.rate.limit")
        .description("Requests to send, by whether they kept to their key's rate")
        .tag("result", result)
        .register(registry);
  }

  /** Shows a tenant at zero. */
  void show(String tenant) {
    accepted.show(tenant);
    for (var policy : QuotaPolicyName.values()) {
      refused.show(policy.wireName(), tenant);
    }
  }

  void accepted(TenantId tenant, Duration took, int bytes) {
    accepted.increment(tenant.value());
    acceptance.record(took);
    size.record(bytes);
  }

  void refused(TenantId tenant, List<PolicyUsage> policies) {
    policies.stream()
        .filter(PolicyUsage::violated)
        .max(Comparator.comparing(PolicyUsage::resetsAt))
        .ifPresent(last -> refused.increment(last.policy().wireName(), tenant.value()));
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
