package io.tallypost.delivery.relays;

import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.SimulatedRelay;
import io.tallypost.events.SendRequested;
import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.keys.TenantState;
import io.tallypost.kit.view.CompactedView;
import io.tallypost.mail.Mode;
import io.tallypost.relays.RelayState;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Knows where mail goes, by what operators have set at this moment. */
public final class RelayDirectory {
  private final CompactedView<RelayState> relays;
  private final CompactedView<TenantState> tenants;
  private final RelayState standard;
  private final OpenRelays open;
  private final SimulatedRelay simulated;
  private final AtomicLong changes = new AtomicLong();
  private volatile Owned owned = new Owned(-1, Map.of());

  /** Which tenant has which relays, after so many changes. */
  private record Owned(long changes, Map<TenantId, List<RelayState>> relays) {}

  /**
   * Begins with what the views know.
   *
   * @param standard the relay of the worker's own settings
   * @param simulated for the mail of test keys, which must reach nobody
   */
  RelayDirectory(
      CompactedView<RelayState> relays,
      CompactedView<TenantState> tenants,
      RelayState standard,
      OpenRelays open,
      SimulatedRelay simulated) {
    this.relays = relays;
    this.tenants = tenants;
    this.standard = standard;
    this.open = open;
    this.simulated = simulated;
    relays.onChange(id -> {
      changes.incrementAndGet();
      open.changed(id, relays.get(id).orElse(null));
    });
  }

  /** Whether all that was set before the start is known: until then no mail may go anywhere. */
  public boolean isReady() {
    return relays.isCaughtUp() && tenants.isCaughtUp();
  }

  /**
   * Whether mail of more than one tenant may come at any time. An installation without known
   * tenants may have several.
   */
  public boolean servesSeveralTenants() {
    return tenants.values().stream()
            .filter(tenant -> !tenant.wasDeleted())
            .map(TenantState::id)
            .filter(id -> !id.equals(TenantId.EVERYBODY))
            .limit(2)
            .count()
        != 1;
  }

  /** When the last hold, or disabling, of this mail's tenant or of everything ended. */
  public Optional<Instant> releasedAt(TenantId tenant) {
    return switches(tenant)
        .map(TenantState::releasedAt)
        .filter(Objects::nonNull)
        .max(Instant::compareTo);
  }

  /**
   * Where a mail may go.
   *
   * @param asked the relay that a replay asked for; test mail never goes there
   */
  public Route route(SendRequested request, Optional<RelayId> asked) {
    TenantId tenant = request.context().tenant();
    Optional<Route> stopped = stopped(tenant);
    if (stopped.isPresent()) {
      return stopped.get();
    }
    if (request.context().mode() == Mode.TEST) {
      return new Route.Via(List.of(simulated));
    }
    List<Relay> candidates =
        asked
            .map(id -> named(id, tenant))
            .orElseGet(() ->
                RelayOrder.of(
                    known(),
                    tenant,
                    request.mail().from().address(),
                    _ -> ThreadLocalRandom.current().nextDouble()))
            .stream()
            .map(open::relay)
            .toList();
    return candidates.isEmpty()
        ? new Route.Blocked(RelayAnswer.Reason.NO_RELAY)
        : new Route.Via(candidates);
  }

  /** Whether a tenant's mail may go anywhere at this moment. Cheap. */
  public boolean lets(TenantId tenant) {
    return stopped(tenant).isEmpty();
  }

  private Optional<Route> stopped(TenantId tenant) {
    if (tenants.get(tenant.value()).filter(TenantState::wasDeleted).isPresent()) {
      return Optional.of(new Route.Ended());
    }
    if (switches(tenant).anyMatch(TenantState::holdsMail)) {
      return Optional.of(new Route.Blocked(RelayAnswer.Reason.HELD));
    }
    return switches(tenant).allMatch(TenantState::sendsMail)
        ? Optional.empty()
        : Optional.of(new Route.Blocked(RelayAnswer.Reason.TENANT_DISABLED));
  }

  /** Whose relays a mail uses, and how many of them can be used now. Cheap. */
  public RelayGroup group(TenantId tenant, Mode mode) {
    if (mode == Mode.TEST) {
      return RelayGroup.SIMULATED;
    }
    Map<TenantId, List<RelayState>> all = owned();
    TenantId owner = all.containsKey(tenant) ? tenant : TenantId.EVERYBODY;
    long usable =
        all.getOrDefault(owner, List.of()).stream()
            .filter(relay -> relay.enabled() && !open.isLeftInPeace(relay))
            .count();
    return new RelayGroup(owner.value(), (int) Math.max(1, usable));
  }

  private Map<TenantId, List<RelayState>> owned() {
    Owned last = owned;
    long now = changes.get();
    if (last.changes() != now) {
      last = new Owned(now, known().stream().collect(Collectors.groupingBy(RelayState::tenant)));
      owned = last;
    }
    return last.relays();
  }

  private List<RelayState> named(RelayId id, TenantId tenant) {
    return known().stream()
        .filter(relay -> relay.id().equals(id) && relay.enabled())
        .filter(relay -> relay.tenant().equals(tenant) || relay.tenant().equals(TenantId.EVERYBODY))
        .toList();
  }

  private Collection<RelayState> known() {
    return Stream.concat(relays.values().stream(), Stream.of(standard)).toList();
  }

  private Stream<TenantState> switches(TenantId tenant) {
    return Stream.of(tenant, TenantId.EVERYBODY)
        .map(id -> tenants.get(id.value()))
        .flatMap(Optional::stream);
  }
}
