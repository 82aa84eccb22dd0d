package io.posthorn.quota;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.posthorn.events.PolicyUsage;
import io.posthorn.events.QuotaPolicyName;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What quota counts. approved + rejected = messages decided for the first time, or anew after a
 * rejection; duplicates = requests that had their decision before. All are there, at zero, before
 * the first request.
 */
final class QuotaMetrics {
  private final Counter approved;
  private final Counter duplicates;
  private final Counter unreadable;
  private final Map<QuotaPolicyName, Counter> rejected;
  private final Timer decision;

  QuotaMetrics(MeterRegistry registry) {
    approved =
        Counter.builder("posthorn.messages.approved")
            .description("Messages granted by quota")
            .register(registry);
    rejected =
        Arrays.stream(QuotaPolicyName.values())
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    policy ->
                        Counter.builder("posthorn.messages.rejected")
                            .description(
                                "Messages refused, by the violated policy that resets last")
                            .tag("policy", policy.wireName())
                            .register(registry)));
    duplicates =
        Counter.builder("posthorn.messages.duplicates")
            .description("Requests that repeat a message or a record that was decided before")
            .register(registry);
    unreadable =
        Counter.builder("posthorn.quota.unreadable")
            .description("Records of mail.requests that went to the dead letters unread")
            .register(registry);
    decision =
        Timer.builder("posthorn.quota.decision")
            .description(
                "From acceptance to the committed decision, by the clocks of both services")
            .serviceLevelObjectives(
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(25),
                Duration.ofMillis(50),
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5))
            .register(registry);
  }

  void decided(Decision made, Instant acceptedAt, Instant now) {
    if (made.approved()) {
      approved.increment();
    } else {
      Objects.requireNonNull(rejected.get(lastToReset(made.policies()))).increment();
    }
    var latency = Duration.between(acceptedAt, now);
    decision.record(latency.isNegative() ? Duration.ZERO : latency);
  }

  void repeated() {
    duplicates.increment();
  }

  void unreadable() {
    unreadable.increment();
  }

  /** The policy that a rejected caller has to wait for. */
  static QuotaPolicyName lastToReset(List<PolicyUsage> policies) {
    return policies.stream()
        .filter(PolicyUsage::violated)
        .max(Comparator.comparing(PolicyUsage::resetsAt))
        .orElseThrow()
        .policy();
  }
}
