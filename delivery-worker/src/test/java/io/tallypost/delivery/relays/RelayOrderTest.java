package io.tallypost.delivery.relays;

import static io.tallypost.events.Examples.ACME;
import static io.tallypost.events.Examples.ALICE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.DomainRule;
import io.tallypost.relays.RelaySecurity;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SendingRate;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RelayOrderTest {
  private static final TenantId OTHER = new TenantId("other");

  @Test
  void asksTheLowestPriorityFirst() {
    assertThat(order(relay("b", ACME, 20, 1), relay("a", ACME, 10, 1), relay("c", ACME, 30, 1)))
        .containsExactly("a", "b", "c");
  }

  @Test
  void spreadsMailByWeightAmongEqualPriorities() {
    var random = new Random(42);
    List<RelayState> relays = List.of(relay("a", ACME, 10, 300), relay("b", ACME, 10, 100));

    long first =
        java.util.stream.IntStream.range(0, 10_000)
            .filter(_ ->
                RelayOrder.of(relays, ACME, ALICE, _ -> random.nextDouble())
                    .getFirst()
                    .name()
                    .equals("a"))
            .count();

    assertThat(first).isBetween(7_300L, 7_700L);
  }

  @Test
  void leavesMailOfATenantWithRelaysOfItsOwnToThese() {
    assertThat(order(relay("shared", TenantId.EVERYBODY, 1, 1), relay("own", ACME, 50, 1)))
        .containsExactly("own");
  }

  @Test
  void doesNotSendByOthersRelaysWhenATenantsOwnAreSwitchedOff() {
    assertThat(order(relay("shared", TenantId.EVERYBODY, 1, 1), off(relay("own", ACME, 50, 1))))
        .isEmpty();
  }

  @Test
  void neverUsesAnotherTenantsRelay() {
    assertThat(order(relay("theirs", OTHER, 1, 1), relay("shared", TenantId.EVERYBODY, 1, 1)))
        .containsExactly("shared");
  }

  @Test
  void asksOnlyRelaysThatTakeTheSendersDomain() {
    assertThat(
            order(
                taking(relay("a", ACME, 1, 1), "umbrella.example"),
                taking(relay("b", ACME, 2, 1), ALICE.domain())))
        .containsExactly("b");
  }

  private static List<String> order(RelayState... relays) {
    return RelayOrder.of(Arrays.asList(relays), ACME, ALICE, _ -> 0.5).stream()
        .map(RelayState::name)
        .toList();
  }

  private static RelayState relay(String name, TenantId tenant, int priority, int weight) {
    return relay(name, tenant, true, priority, weight, List.of());
  }

  private static RelayState off(RelayState relay) {
    return relay(relay.name(), relay.tenant(), false, relay.priority(), relay.weight(), List.of());
  }

  private static RelayState taking(RelayState relay, String domain) {
    return relay(
        relay.name(),
        relay.tenant(),
        true,
        relay.priority(),
        relay.weight(),
        List.of(new DomainRule(domain)));
  }

  private static RelayState relay(
      String name,
      TenantId tenant,
      boolean enabled,
      int priority,
      int weight,
      List<DomainRule> domains) {
    return new RelayState(
        1,
        1,
        new RelayId(name),
        tenant,
        name,
        enabled,
        "smtp.example",
        587,
        RelaySecurity.STARTTLS,
        null,
        null,
        priority,
        weight,
        20,
        100,
        SendingRate.UNLIMITED,
        domains,
        null,
        BigDecimal.ZERO);
  }
}
