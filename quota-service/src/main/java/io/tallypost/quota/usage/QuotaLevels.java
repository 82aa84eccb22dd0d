package io.tallypost.quota.usage;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.tallypost.events.PolicyUsage;
import io.tallypost.ids.QuotaPolicyName;
import io.tallypost.kit.metrics.LabelValues;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code tallypost_quota_used} and {@code tallypost_quota_limit}, by policy and subject, as of this
 * process's last decision. Each replica decides on some of a key's mail: take the maximum over
 * them. Subjects beyond the bound of label values are not shown, because their sum would mean
 * nothing.
 */
final class QuotaLevels {
  private record Subject(QuotaPolicyName policy, String name) {}

  /** The values of a subject's gauges. */
  private static final class Level {
    private volatile PolicyUsage usage;

    Level(PolicyUsage usage) {
      this.usage = usage;
    }
  }

  private final MeterRegistry registry;
  private final InstantSource clock;
  private final LabelValues.Label subjects;
  private final Map<Subject, Level> levels = new ConcurrentHashMap<>();

  QuotaLevels(MeterRegistry registry, LabelValues values, InstantSource clock) {
    this.registry = registry;
    this.clock = clock;
    this.subjects = values.label("subject");
  }

  /** The state of a policy after a decision. */
  void stands(String subject, PolicyUsage usage) {
    if (subjects.of(subject).equals(subject)) {
      levels.computeIfAbsent(new Subject(usage.policy(), subject), key -> shown(key, usage)).usage =
          usage;
    }
  }

  private Level shown(Subject subject, PolicyUsage usage) {
    var level = new Level(usage);
    var tags = Tags.of("policy", subject.policy().wireName(), "subject", subject.name());
    Gauge.builder("tallypost.quota.used", level, one -> used(one.usage))
        .description("Recipients granted in the current window, as of the last decision here")
        .tags(tags)
        .register(registry);
    Gauge.builder("tallypost.quota.limit", level, one -> one.usage.limit())
        .description("Recipients that the window allows, as of the last decision here")
        .tags(tags)
        .register(registry);
    return level;
  }

  /** A window that is over has nothing used. */
  private double used(PolicyUsage usage) {
    return usage.resetsAt().isAfter(clock.instant()) ? usage.used() : 0;
  }
}
