package io.tallypost.quota.usage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tallypost.events.DeadLetter;
import io.tallypost.events.EventContext;
import io.tallypost.events.PolicyUsage;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.kit.metrics.LabelValues;
import io.tallypost.kit.metrics.LabelledCounter;
import io.tallypost.kit.metrics.Latencies;
import io.tallypost.quota.decide.Decision;
import io.tallypost.quota.decide.UsageKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;

/**
 * What quota counts. approved + rejected = messages decided for the first time, or anew after a
 * rejection; duplicates = requests decided before. All are there at zero before the first request.
 */
public final class QuotaMetrics {
  private final LabelledCounter approved;
  private final LabelledCounter rejected;
  private final LabelledCounter deadLettered;
  private final Counter duplicates;
  private final Counter unreadable;
  private final Timer decision;
  private final QuotaLevels levels;

  public QuotaMetrics(MeterRegistry registry, LabelValues values, InstantSource clock) {
    approved =
        new LabelledCounter(
            registry, values, "tallypost.messages.approved", "Messages granted by quota", "tenant");
    rejected =
        new LabelledCounter(
            registry,
            values,
            "tallypost.messages.rejected",
            "Messages refused, by the violated policy that resets last",
            "policy",
            "tenant");
    deadLettered =
        new LabelledCounter(
            registry,
            values,
            "tallypost.messages.dead.lettered",
            "Records written to the dead-letter topic",
            "category",
            "tenant");
    deadLettered.show(DeadLetter.Category.POISON.wireName(), LabelValues.NONE);
    duplicates =
        Counter.builder("tallypost.messages.duplicates")
            .description("Requests that repeat a message or a record that was decided before")
            .register(registry);
    unreadable =
        Counter.builder("tallypost.quota.unreadable")
            .description("Records of mail.requests that went to the dead letters unread")
            .register(registry);
    decision =
        Latencies.timer(
                "tallypost.quota.decision",
                "From acceptance to the committed decision, by the clocks of both services",
                Latencies.SHORT)
            .register(registry);
    levels = new QuotaLevels(registry, values, clock);
  }

  /** Shows a tenant at zero. */
  public void show(String tenant) {
    approved.show(tenant);
    for (var policy : QuotaPolicyName.values()) {
      rejected.show(policy.wireName(), tenant);
    }
  }

  public void decided(Decision made, EventContext context, Instant now) {
    String tenant = context.tenant().value();
    if (made.approved()) {
      approved.increment(tenant);
    } else {
      rejected.increment(lastToReset(made.policies()).wireName(), tenant);
    }
    var latency = Duration.between(context.acceptedAt(), now);
    decision.record(latency.isNegative() ? Duration.ZERO : latency);
    for (PolicyUsage usage : made.policies()) {
      levels.stands(UsageKey.of(usage.policy(), context).subject(), usage);
    }
  }

  public void repeated() {
    duplicates.increment();
  }

  public void unreadable() {
    unreadable.increment();
    deadLettered.increment(DeadLetter.Category.POISON.wireName(), LabelValues.NONE);
  }

  /** The policy that a rejected caller has to wait for. */
  public static QuotaPolicyName lastToReset(List<PolicyUsage> policies) {
    return policies.stream()
        .filter(PolicyUsage::violated)
        .max(Comparator.comparing(PolicyUsage::resetsAt))
        .orElseThrow()
        .policy();
  }
}
