package io.tallypost.delivery.relays;

import io.tallypost.delivery.smtp.OutgoingMail;
import io.tallypost.delivery.smtp.Relay;
import io.tallypost.delivery.smtp.RelayAnswer;
import io.tallypost.delivery.smtp.wire.SendGuard;
import io.tallypost.kit.relays.KeyRing.CannotOpenException;
import io.tallypost.relays.RelayState;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The relays that have been used, with their connections. A changed relay is opened again, and the
 * old one closed: its sends end by themselves.
 */
final class OpenRelays implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OpenRelays.class);

  private record Opened(RelayState state, Relay relay) {}

  private final RelayFactory factory;
  private final GroupShare share;
  private final int places;

  /** By id; a topic may have any text as a key. */
  private final Map<String, Opened> opened = new ConcurrentHashMap<>();

  /**
   * None are open yet.
   *
   * @param places the most mails on their way to one relay
   */
  OpenRelays(RelayFactory factory, GroupShare share, int places) {
    this.factory = factory;
    this.share = share;
    this.places = places;
    share.onChange(this::shareLimits);
  }

  /** The relay as it is set now, opened if it is not. */
  Relay relay(RelayState state) {
    Opened known = opened.get(state.id().value());
    if (known != null && isCurrent(known, state)) {
      return known.relay();
    }
    Opened now =
        opened.compute(
            state.id().value(),
            (_, before) ->
                before != null && isCurrent(before, state) ? before : reopen(before, state));
    shareLimits();
    return now.relay();
  }

  /** Not if it was changed, or if the key that it lacked has arrived. */
  private boolean isCurrent(Opened known, RelayState state) {
    return known.state().version() >= state.version()
        && !(known.relay() instanceof UnusableRelay(var _, boolean keyMissing)
            && keyMissing
            && factory.hasKey(known.state()));
  }

  private Opened reopen(@Nullable Opened before, RelayState state) {
    if (before != null) {
      close(before);
    }
    try {
      return new Opened(state, factory.open(state, places, share.current()));
    } catch (CannotOpenException e) {
      log.atError()
          .addKeyValue("relay_id", state.id())
          .addKeyValue("tenant_id", state.tenant().value())
          .log("relay cannot be used: {}", e.getMessage());
      return new Opened(state, new UnusableRelay(state.name(), !factory.hasKey(state)));
    }
  }

  /** A relay was changed or deleted: its connections are not needed. */
  void changed(String id, @Nullable RelayState now) {
    opened.computeIfPresent(
        id,
        (_, before) -> {
          if (now != null && now.version() <= before.state().version()) {
            return before;
          }
          close(before);
          return null;
        });
    shareLimits();
  }

  private void close(Opened one) {
    if (one.relay() instanceof GuardedRelay guarded) {
      factory.close(guarded);
    }
    factory.forget(one.state());
  }

  /** Whether a relay is not asked now, because it failed too often. */
  boolean isLeftInPeace(RelayState state) {
    Opened known = opened.get(state.id().value());
    return known != null
        && known.relay() instanceof GuardedRelay guarded
        && guarded.isLeftInPeace();
  }

  /** One at a time, so that the last one applied is the latest. */
  private synchronized void shareLimits() {
    for (Opened one : opened.values()) {
      if (one.relay() instanceof GuardedRelay guarded) {
        guarded.share(share.current());
      }
    }
  }

  /** How many relays cannot be used because an encryption key is missing. */
  long unusable() {
    return opened.values().stream().filter(one -> one.relay() instanceof UnusableRelay).count();
  }

  @Override
  public void close() {
    opened.values().forEach(this::close);
  }

  /** A relay whose password nobody here can decrypt. */
  private record UnusableRelay(String name, boolean keyMissing) implements Relay {
    @Override
    public boolean mayBeAsked() {
      return false;
    }

    @Override
    public RelayAnswer handle(OutgoingMail mail, Terms terms, SendGuard guard) {
      return new RelayAnswer.NotNow(RelayAnswer.Reason.UNUSABLE, null);
    }
  }
}
