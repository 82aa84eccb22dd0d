package io.tallypost.quota.decide;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaLimit;
import io.tallypost.events.SendRequested;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The rule: a request is approved on every policy or on none, and each distinct recipient is one
 * unit.
 */
public final class QuotaPolicy {
  private QuotaPolicy() {}

  /**
   * The policies' part of a decision.
   *
   * @param policies each policy asked, with its state after this decision
   * @param charged the counters to raise by the request's units; empty if it is rejected
   */
  record PolicyDecision(boolean approved, List<PolicyUsage> policies, Set<UsageKey> charged) {}

  public static int units(SendRequested request) {
    return request.mail().recipients().size();
  }

  /** The counters that a request is measured by. */
  static Set<UsageKey> counters(SendRequested request) {
    return request.limits().stream()
        .map(limit -> UsageKey.of(limit.policy(), request.context()))
        .collect(Collectors.toSet());
  }

  /**
   * Decides on one request.
   *
   * @param used recipients approved so far, per counter
   */
  static PolicyDecision decide(SendRequested request, ToLongFunction<UsageKey> used) {
    int units = units(request);
    boolean approved =
        request.limits().stream().noneMatch(limit -> exceeds(limit, request, units, used));
    var policies =
        request.limits().stream()
            .map(limit -> {
              var key = UsageKey.of(limit.policy(), request.context());
              return new PolicyUsage(
                  limit.policy(),
                  limit.limit(),
                  used.applyAsLong(key) + (approved ? units : 0),
                  key.resetsAt(),
                  exceeds(limit, request, units, used));
            })
            .toList();
    return new PolicyDecision(approved, policies, approved ? counters(request) : Set.of());
  }

  private static boolean exceeds(
      QuotaLimit limit, SendRequested request, int units, ToLongFunction<UsageKey> used) {
    // Not used + units > limit: that could overflow if a limit is practically infinite.
    return units > limit.limit() - used.applyAsLong(UsageKey.of(limit.policy(), request.context()));
  }
}
