package io.tallypost.delivery.relays;

import io.tallypost.ids.TenantId;
import io.tallypost.mail.EmailAddress;
import io.tallypost.relays.RelayState;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Which relays a mail may go to, and which of them is asked first. Pure. */
final class RelayOrder {
  private RelayOrder() {}

  /**
   * The relays to ask, in order. A tenant that has relays of its own, enabled or not, uses no
   * others: its mail must not leave by another's relay because its own is switched off.
   *
   * @param chance a random number from 0 to below 1 for each relay, which spreads relays of the
   *     same priority: each comes first in proportion to its weight
   */
  static List<RelayState> of(
      Collection<RelayState> known,
      TenantId tenant,
      EmailAddress from,
      ToDoubleFunction<RelayState> chance) {
    List<RelayState> own = of(known, tenant);
    List<RelayState> all = own.isEmpty() ? of(known, TenantId.EVERYBODY) : own;
    return all.stream()
        .filter(relay -> relay.enabled() && takesMailOf(relay, from))
        .map(relay -> new Turn(relay, turn(relay, chance.applyAsDouble(relay))))
        .sorted(
            Comparator.comparingInt((Turn turn) -> turn.relay().priority())
                .thenComparingDouble(Turn::at))
        .map(Turn::relay)
        .toList();
  }

  private record Turn(RelayState relay, double at) {}

  /**
   * Waiting times with the weight as their rate: the shortest is drawn in proportion to the weight.
   */
  private static double turn(RelayState relay, double chance) {
    return -Math.log(1 - chance) / relay.weight();
  }

  private static List<RelayState> of(Collection<RelayState> known, TenantId tenant) {
    return known.stream().filter(relay -> relay.tenant().equals(tenant)).toList();
  }

  private static boolean takesMailOf(RelayState relay, EmailAddress from) {
    return relay.allowedSenderDomains().isEmpty()
        || relay.allowedSenderDomains().stream().anyMatch(rule -> rule.allows(from));
  }
}
