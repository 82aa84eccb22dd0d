package io.tallypost.delivery.smtp.wire;

import io.tallypost.kit.relays.InternalAddresses;
import io.tallypost.kit.relays.RelayAccessSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/**
 * Finds the addresses of a relay's name, anew each time: names move, and the rules for relays'
 * addresses are set at each start.
 */
public final class HostLookup {
  /** For relays of the worker's own settings. */
  public static final HostLookup ANYWHERE = new HostLookup(true, _ -> true);

  private final boolean internalToo;
  private final IntPredicate ports;

  private HostLookup(boolean internalToo, IntPredicate ports) {
    this.internalToo = internalToo;
    this.ports = ports;
  }

  /**
   * For relays made over REST: unless the settings allow it, they must not lead to the machine
   * itself or its platform, nor to other kinds of servers.
   */
  public static HostLookup within(RelayAccessSettings settings) {
    return new HostLookup(settings.allowInternalHosts(), settings::allowsPort);
  }

  /**
   * Look-ups under way, by name. A resolver that hangs holds one thread per name, not one per mail.
   */
  private static final Map<String, CompletableFuture<List<InetAddress>>> UNDER_WAY =
      new ConcurrentHashMap<>();

  /** The relay has a forbidden address. */
  public static final class ForbiddenException extends IOException {
    private static final long serialVersionUID = 1L;

    ForbiddenException(String message) {
      super(message);
    }
  }

  /**
   * Looks a name up on a thread of its own, because Java's resolver has no timeout and cannot be
   * interrupted.
   *
   * @param guard ends the wait
   * @return at least one address, in the resolver's order
   * @throws UnknownHostException if there is none
   * @throws ForbiddenException if the port or one of the addresses is forbidden
   */
  public List<InetAddress> find(String host, int port, SendGuard guard) throws IOException {
    if (!ports.test(port)) {
      throw new ForbiddenException(
          "the relay's port %d is not one that RELAY_PORTS allows".formatted(port));
    }
    CompletableFuture<List<InetAddress>> mine = lookup(host).copy();
    guard.watch(mine);
    List<InetAddress> addresses;
    try {
      addresses = mine.join();
    } catch (CancellationException e) {
      throw new IOException("the name could not be looked up in time", e);
    } catch (CompletionException e) {
      var unknown = new UnknownHostException("no such host");
      unknown.initCause(e.getCause());
      throw unknown;
    }
    if (!internalToo && addresses.stream().anyMatch(InternalAddresses::contains)) {
      throw new ForbiddenException("the relay's name leads to an internal address");
    }
    return addresses;
  }

  private static CompletableFuture<List<InetAddress>> lookup(String host) {
    return UNDER_WAY.computeIfAbsent(
        host,
        name -> {
          var lookup = new CompletableFuture<List<InetAddress>>();
          Thread.ofPlatform()
              .daemon()
              .name("name-lookup")
              .start(() -> {
                try {
                  lookup.complete(List.of(InetAddress.getAllByName(name)));
                } catch (UnknownHostException | RuntimeException e) {
                  lookup.completeExceptionally(e);
                } finally {
                  UNDER_WAY.remove(name, lookup);
                }
              });
          return lookup;
        });
  }
}
