package io.tallypost.delivery.smtp;

import io.tallypost.relays.InternalAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/** Finds the addresses under a relay's name, each time anew: names move. */
public enum HostLookup {
  /** For relays of the worker's own settings. */
  ANYWHERE,
  /** For relays that tenants name: they must not lead to the machine itself or its platform. */
  NOT_INTERNAL;

  /**
   * By name, those that are under way. A resolver that hangs holds one thread for each name, and
   * not one for each mail.
   */
  private static final Map<String, CompletableFuture<List<InetAddress>>> UNDER_WAY =
      new ConcurrentHashMap<>();

  /** The name leads where it must not. */
  static final class InternalAddressException extends IOException {
    private static final long serialVersionUID = 1L;

    InternalAddressException() {
      super("the relay's name leads to an internal address");
    }
  }

  /**
   * Looks a name up, on a thread of its own, because Java's resolver has no timeout and cannot be
   * broken off.
   *
   * @param guard ends the wait
   * @return at least one address, in the resolver's order
   * @throws UnknownHostException if there is none
   * @throws InternalAddressException if one of them is forbidden
   */
  List<InetAddress> find(String host, SendGuard guard) throws IOException {
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
    if (this == NOT_INTERNAL && addresses.stream().anyMatch(InternalAddresses::contains)) {
      throw new InternalAddressException();
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
