package io.tallypost.intake.limits;

import io.tallypost.events.PolicyUsage;
import io.tallypost.events.QuotaDecided;
import io.tallypost.events.QuotaLimit;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A key whose limit is used up, by quota's verdict on a refused mail. Usage never falls within a
 * window, so until the window ends or a limit changes, quota would refuse each further mail.
 *
 * @param since when the refused mail was accepted; its windows have begun by then
 * @param policies each limit of the key, as it was then
 */
record Exhaustion(Instant since, List<PolicyUsage> policies) {

  Exhaustion {
    policies = List.copyOf(policies);
  }

  /**
   * Reads a verdict.
   *
   * @return empty if no limit is used up: a mail to 50 that does not fit leaves room for one to 5
   */
  static Optional<Exhaustion> of(QuotaDecided decision) {
    return decision.verdict() == QuotaDecided.Verdict.REJECTED
            && decision.policies().stream().anyMatch(Exhaustion::isUsedUp)
        ? Optional.of(new Exhaustion(decision.context().acceptedAt(), decision.policies()))
        : Optional.empty();
  }

  /**
   * What quota would say of another mail of this key.
   *
   * @param limits those of the key now
   * @param units how many recipients the mail has
   * @param now when it is accepted, which is what windows follow
   * @return the limits whose windows last, those violated that the mail does not fit into; empty if
   *     quota must be asked
   */
  Optional<List<PolicyUsage>> refusal(List<QuotaLimit> limits, int units, Instant now) {
    // A clock that was set back may be in the window before.
    if (now.isBefore(since) || !limits().equals(Set.copyOf(limits))) {
      return Optional.empty();
    }
    List<PolicyUsage> lasting =
        policies.stream().filter(policy -> now.isBefore(policy.resetsAt())).toList();
    return lasting.stream().anyMatch(Exhaustion::isUsedUp)
        ? Optional.of(lasting.stream().map(policy -> asked(policy, units)).toList())
        : Optional.empty();
  }

  private Set<QuotaLimit> limits() {
    return policies.stream()
        .map(policy -> new QuotaLimit(policy.policy(), policy.limit()))
        .collect(Collectors.toSet());
  }

  private static boolean isUsedUp(PolicyUsage policy) {
    return policy.used() >= policy.limit();
  }

  /** Other limits may be used up by now too, so quota might name more of them. */
  private static PolicyUsage asked(PolicyUsage policy, int units) {
    return new PolicyUsage(
        policy.policy(),
        policy.limit(),
        policy.used(),
        policy.resetsAt(),
        units > policy.limit() - policy.used());
  }
}
