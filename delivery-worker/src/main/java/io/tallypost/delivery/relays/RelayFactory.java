package io.tallypost.delivery.relays;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.tallypost.delivery.DeliverySettings;
import io.tallypost.delivery.rate.Pace;
import io.tallypost.delivery.rate.RateQueue;
import io.tallypost.delivery.smtp.SmtpRelay;
import io.tallypost.delivery.smtp.session.RelaySettings;
import io.tallypost.delivery.smtp.wire.HostLookup;
import io.tallypost.ids.RelayId;
import io.tallypost.ids.TenantId;
import io.tallypost.kit.relays.KeyRing;
import io.tallypost.kit.relays.KeyRing.CannotOpenException;
import io.tallypost.kit.relays.RelayAccessSettings;
import io.tallypost.relays.RelayState;
import io.tallypost.relays.SendingRate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;

/** Makes a relay that takes mail from a relay's settings. */
final class RelayFactory {
  private static final String BREAKER = "relay";
  private static final int PRIORITY = 10;
  private static final int WEIGHT = 100;

  private final DeliverySettings settings;
  private final KeyRing keys;
  private final HostLookup lookup;
  private final SSLSocketFactory tls;
  private final CircuitBreakerRegistry breakers;
  private final InstantSource clock;
  private final RelayMeters meters;
  private final Pressure pressure;

  /**
   * Makes a factory.
   *
   * @param tls the authorities that relays' certificates are checked against
   * @param breakers has a configuration of the name {@value #BREAKER}
   */
  RelayFactory(
      DeliverySettings settings,
      RelayAccessSettings access,
      SSLSocketFactory tls,
      CircuitBreakerRegistry breakers,
      InstantSource clock,
      RelayMeters meters,
      Pressure pressure) {
    this.settings = settings;
    this.keys = access.keyRing();
    this.lookup = HostLookup.within(access);
    this.tls = tls;
    this.breakers = breakers;
    this.clock = clock;
    this.meters = meters;
    this.pressure = pressure;
  }

  /** The relay of this worker's own settings, for tenants without one. */
  RelayState standard() {
    RelaySettings relay = settings.relay();
    return new RelayState(
        RelayState.SHAPE,
        0,
        RelayId.DEFAULT,
        TenantId.EVERYBODY,
        relay.name(),
        true,
        relay.host(),
        relay.port(),
        relay.security(),
        null,
        null,
        PRIORITY,
        WEIGHT,
        relay.maxConnections(),
        relay.messagesPerConnection(),
        SendingRate.UNLIMITED,
        List.of(),
        relay.ehloName().isBlank() ? null : relay.ehloName(),
        relay.costPerRecipient());
  }

  /**
   * Opens a relay; it connects when there is mail for it.
   *
   * @param places the most mails on their way there
   * @param share this worker's share of its limits
   * @throws CannotOpenException if its password cannot be decrypted here
   */
  GuardedRelay open(RelayState relay, int places, double share) throws CannotOpenException {
    boolean ours = relay.id().equals(RelayId.DEFAULT);
    RelaySettings connection = ours ? settings.relay() : connection(relay);
    var smtp =
        new SmtpRelay(
            connection,
            tls,
            ours ? HostLookup.ANYWHERE : lookup,
            clock,
            settings.bulkPercent(),
            meters);
    smtp.share(share);
    var guarded =
        new GuardedRelay(
            smtp,
            relay.tenant().value(),
            breakers.circuitBreaker(breaker(relay), BREAKER),
            places,
            new RateQueue(new Pace(relay.rate(), share), settings.bulkPercent(), clock),
            settings.retry(),
            pressure,
            clock);
    meters.opened(guarded);
    return guarded;
  }

  /** Removes a relay. */
  void close(GuardedRelay relay) {
    relay.close();
    meters.closed(relay);
  }

  /** Whether the key for its password is here. */
  boolean hasKey(RelayState relay) {
    return relay.password() == null || keys.has(relay.password().keyId());
  }

  /** A changed relay starts with a breaker of its own: the change may have fixed it. */
  void forget(RelayState relay) {
    breakers.remove(breaker(relay));
  }

  private static String breaker(RelayState relay) {
    return relay.id().value();
  }

  /** How to connect to it, timeouts included. */
  public RelaySettings connection(RelayState relay) throws CannotOpenException {
    RelaySettings standard = settings.relay();
    String user = relay.user();
    return new RelaySettings(
        relay.name(),
        relay.host(),
        relay.port(),
        user == null ? "" : user,
        relay.password() == null ? "" : keys.open(relay.password(), relay.passwordOwner()),
        relay.security(),
        relay.ehloName() == null ? standard.ehloName() : relay.ehloName(),
        relay.maxConnections(),
        relay.messagesPerConnection(),
        standard.maxAge(),
        standard.idleTimeout(),
        standard.validateAfter(),
        standard.timeouts(),
        relay.costPerRecipient());
  }

  /** The addresses allowed for relays that are set over REST. */
  public HostLookup lookup() {
    return lookup;
  }
}
