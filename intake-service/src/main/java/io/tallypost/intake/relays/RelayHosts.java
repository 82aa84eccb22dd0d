package io.tallypost.intake.relays;

import io.tallypost.kit.relays.InternalAddresses;
import io.tallypost.kit.relays.RelayAccessSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Keeps relays off forbidden addresses and ports. A name that cannot be resolved now is accepted:
 * workers check again at each connection, because a name's addresses change.
 */
final class RelayHosts {
  private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(2);

  private final RelayAccessSettings settings;

  RelayHosts(RelayAccessSettings settings) {
    this.settings = settings;
  }

  /** Whether a relay may be there, as far as can be known now. */
  boolean allows(String host) {
    return settings.allowInternalHosts()
        || Arrays.stream(addresses(host)).noneMatch(InternalAddresses::contains);
  }

  boolean allowsPort(int port) {
    return settings.allowsPort(port);
  }

  /** The ports that relays may have, for people. */
  String ports() {
    return String.join(", ", settings.ports());
  }

  private static InetAddress[] addresses(String host) {
    var lookup = new CompletableFuture<InetAddress[]>();
    // Java cannot end a lookup, and the system's may take a minute.
    Thread.ofVirtual()
        .start(() -> {
          try {
            lookup.complete(InetAddress.getAllByName(host));
          } catch (UnknownHostException e) {
            lookup.complete(new InetAddress[0]);
          }
        });
    return lookup
        .completeOnTimeout(new InetAddress[0], LONGEST_LOOKUP.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }
}
